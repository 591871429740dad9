import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { withoutKnownSecrets } from "../../../../components/base/knownSecrets";
import { problemsOf } from "../../../../components/base/problems";
import { KubernetesClient } from "../../../../components/kubernetes/client";
import { FakeKubeApi } from "../../../support/fakeKubeApi";

// Credentials that are not in the kubeconfig itself: token files and credential plugins.

let api: FakeKubeApi;
let folder = "";
let kubeconfig = "";
before(async () => {
  api = await FakeKubeApi.start("remote");
  folder = mkdtempSync(join(tmpdir(), "credentials-"));
  kubeconfig = join(folder, "kubeconfig");
});
after(async () => {
  rmSync(folder, { recursive: true });
  await api.stop();
});

/** The kubeconfig of the API server with another user. */
function kubeconfigWith(user: object): string {
  const { users, ...others } = JSON.parse(api.kubeConfig.exportConfig()) as { users: { name: string }[] };
  return JSON.stringify({ ...others, users: users.map(({ name }) => ({ name, user })) });
}

async function clientWith(user: object): Promise<KubernetesClient> {
  writeFileSync(kubeconfig, kubeconfigWith(user), { mode: 0o600 });
  return KubernetesClient.open({ kubeconfig });
}

const ask = (client: KubernetesClient) => client.find("/api/v1/namespaces/kube-system");

async function failure(user: object): Promise<string> {
  const client = await clientWith(user);
  const error = await ask(client).then(
    () => assert.fail("it was accepted"),
    (error: unknown) => error,
  );
  assert.deepEqual(
    problemsOf(error)?.map(({ code }) => code),
    ["GMR104"],
  );
  return (error as Error).message;
}

/** A user with a credential plugin. */
const plugin = (command: string, args: readonly string[] = []) => ({
  exec: { apiVersion: "client.authentication.k8s.io/v1", interactiveMode: "Never", command, args },
});

describe("a token in a file", () => {
  const write = (text: string) => writeFileSync(join(folder, "token"), text, { mode: 0o600 });

  test("is shown without the end of its line, by an absolute path and by one that starts at the kubeconfig", async () => {
    write(`${api.bearer}\n`);
    assert.ok(await ask(await clientWith({ tokenFile: join(folder, "token") })));
    assert.ok(await ask(await clientWith({ tokenFile: "token" })));
  });
  test("is found by a kubeconfig that is given as content", async () => {
    write(api.bearer);
    const client = await KubernetesClient.open({ kubeconfig: kubeconfigWith({ tokenFile: join(folder, "token") }) });
    assert.ok(await ask(client));
  });
  test("is read again after it was replaced", async () => {
    write("an-earlier-one");
    const client = await clientWith({ tokenFile: "token" });
    await assert.rejects(ask(client), /^RegistrationError: GMR115/);
    write(api.bearer);
    assert.ok(await ask(client));
  });
  test("comes before the token of the kubeconfig and before a credential plugin", async () => {
    write(api.bearer);
    assert.ok(await ask(await clientWith({ tokenFile: "token", token: "another" })));
    assert.ok(await ask(await clientWith({ tokenFile: "token", ...plugin("no-such-plugin") })));
  });
  test("can be missed where the kubeconfig has a token, too", async () => {
    assert.ok(await ask(await clientWith({ tokenFile: "missing", token: api.bearer })));
  });
  test("GMR104: the file is not there, and the message names its path", async () => {
    const message = await failure({ tokenFile: "missing" });
    assert.ok(
      message.includes(`the token file ${join(folder, "missing")} of the kubeconfig's user cannot be read (ENOENT)`),
    );
  });
  test("GMR104: the file is empty", async () => {
    write(" \n");
    assert.match(await failure({ tokenFile: "token" }), /token of the kubeconfig's user is empty/);
  });
  test("GMR104: the token is given in place of its path, and is not quoted", async () => {
    const jwt = "eyJhbGciOi".repeat(40);
    const tokens = [jwt, `${jwt}\n`, "short\n", "hunter2", "k3j9x2m7q4w8z1p6", "abcdef.0123456789abcdef", "ghp_abc"];
    const uuid = "123e4567-e89b-12d3-a456-426614174000";
    for (const tokenFile of [...tokens, uuid, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", `${jwt}.a.b`]) {
      const message = await failure({ tokenFile });
      assert.ok(!message.includes(tokenFile.trim().slice(0, 16)), message);
    }
  });
});

test("the credentials of a request are remembered: no message quotes them, however an answer echoes them", async () => {
  const client = await clientWith({ token: "moon lamp river" });
  await assert.rejects(ask(client), /^RegistrationError: GMR115/);
  assert.equal(withoutKnownSecrets("got moon lamp river"), "got ***");
  assert.equal(withoutKnownSecrets("got bW9vbiBsYW1wIHJpdmVy"), "got ***");
});

describe("a credential plugin", () => {
  const credential = (token: string) =>
    JSON.stringify({ kind: "ExecCredential", apiVersion: "client.authentication.k8s.io/v1", status: { token } });
  const node = (program: string) => plugin(process.execPath, ["-e", program]);

  test("gives the token", async () => {
    assert.ok(await ask(await clientWith(node(`console.log('${credential(api.bearer)}')`))));
  });
  let runs = 0;
  /** A plugin that gives one line of a file after the other, and no expiry. */
  const inTurn = (...tokens: readonly string[]) => {
    runs += 1;
    const file = join(folder, `turns-${runs}`);
    writeFileSync(file, tokens.map(credential).join("\n"), { mode: 0o600 });
    const take = `const [first, ...rest] = fs.readFileSync("${file}", "utf8").split("\\n"); console.log(first);`;
    return node(`${take} fs.writeFileSync("${file}", rest.join("\\n"))`);
  };
  test("runs again, once, when the API server rejects a token without an expiry", async () => {
    const client = await clientWith(inTurn("revoked", api.bearer, "not-asked-for"));
    assert.ok(await ask(client));
    assert.ok(await ask(client));
  });
  test("GMR115: the second token is rejected, too, and there is no third run", async () => {
    const client = await clientWith(inTurn("rejected", "rejected, too", api.bearer));
    api.requests.length = 0;
    await assert.rejects(ask(client), /^RegistrationError: GMR115/);
    assert.ok(readFileSync(join(folder, `turns-${runs}`), "utf8").includes(api.bearer));
  });
  test("runs once for all connections of the process", async () => {
    const user = inTurn(api.bearer, "another");
    assert.ok(await ask(await clientWith({ ...user, as: "one" })));
    assert.ok(await ask(await clientWith({ ...user, as: "two" })));
  });
  test("runs once more for all requests that find its credential expired", async () => {
    const file = join(folder, "expiring");
    writeFileSync(file, "", { mode: 0o600 });
    const status = (seconds: number) => ({
      token: api.bearer,
      expirationTimestamp: new Date(Date.now() + seconds * 1000),
    });
    const output = (seconds: number) =>
      JSON.stringify({
        kind: "ExecCredential",
        apiVersion: "client.authentication.k8s.io/v1",
        status: status(seconds),
      });
    const outputs = JSON.stringify([output(-1), output(60)]);
    const counted = `const runs = fs.readFileSync("${file}", "utf8").length; fs.appendFileSync("${file}", ".")`;
    const client = await clientWith(node(`${counted}; console.log(${outputs}[Math.min(runs, 1)])`));
    await ask(client);
    await Promise.all(Array.from({ length: 20 }, () => ask(client)));
    assert.equal(readFileSync(file, "utf8").length, 2);
  });
  test("finds the end of its input where it asks for a login there", async () => {
    const asking = `process.stdin.resume().once("end", () => console.log('${credential(api.bearer)}'))`;
    assert.ok(await ask(await clientWith(node(asking))));
  });
  test("GMR104: it is not there", async () => {
    assert.match(await failure(plugin(join(folder, "no-such-plugin"))), /ENOENT/);
  });

  /** Output of a process that only sends a request with this user, with a limit of a second for the plugin. */
  const outputOf = (user: object, signal: AbortSignal): Promise<string> =>
    new Promise((resolve, reject) => {
      const program = join(__dirname, "fixtures", "asking.js");
      execFile(process.execPath, [program, kubeconfigWith(user)], { signal }, (error, stdout) => {
        if (error) reject(error);
        else resolve(stdout);
      });
    });
  test("GMR104: it does not end, and the process that asked it does", async ({ signal }) => {
    assert.match(
      await outputOf(node("setInterval(() => undefined, 1000)"), signal),
      /^GMR104 .* it may be waiting for a login/,
    );
  });
  test("GMR104: what it has started does not end, and the process that asked it does", async ({ signal }) => {
    // It ends when nobody reads it any more.
    const started = `"${process.execPath}" -e 'setInterval(() => process.stdout.write(" "), 50)'; true`;
    assert.match(await outputOf(plugin("sh", ["-c", started]), signal), /^GMR104 .* it may be waiting for a login/);
  });
});
