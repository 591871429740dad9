import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { Agent, RequestOptions } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { stringify } from "yaml";
import { type ClusterAccess, connect, loadKubeConfig } from "../../../components/kubernetes/access";
import { plainConnection } from "../../../components/kubernetes/plainKubeconfig";

type Fields = Readonly<Record<string, unknown>>;

/** Certificates and keys are passed on as they are, so any bytes serve. */
const data = (text: string) => Buffer.from(text).toString("base64");

function kubeconfig(cluster: Fields, user: Fields, more: Fields = {}): string {
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      { name: "other", cluster: { server: "https://other:1" } },
      { name: "one", cluster: { server: "https://127.0.0.1:6443", ...cluster } },
    ],
    users: [{ name: "me", user }],
    contexts: [
      { name: "first", context: { cluster: "one", user: "me" } },
      { name: "nobody", context: { cluster: "one", user: "gone" } },
    ],
    "current-context": "first",
    ...more,
  });
}

let folder = "";
before(() => {
  folder = mkdtempSync(join(tmpdir(), "plain-"));
  for (const name of ["ca.pem", "me.pem", "me.key"]) writeFileSync(join(folder, name), `content of ${name}`);
});
after(() => rmSync(folder, { recursive: true }));

const plainForms: Readonly<Record<string, readonly [cluster: Fields, user: Fields]>> = {
  "a token": [{ "certificate-authority-data": data("ca") }, { token: "secret" }],
  "a certificate": [
    { "certificate-authority-data": data("ca") },
    { "client-certificate-data": data("cert"), "client-key-data": data("key") },
  ],
  "files beside the kubeconfig": [
    { "certificate-authority": "ca.pem" },
    { "client-certificate": "me.pem", "client-key": "me.key" },
  ],
  "a server under another name": [{ "tls-server-name": "api.example.com" }, { token: "secret" }],
  "a server that is not verified": [{ "insecure-skip-tls-verify": true }, { token: "secret" }],
  "a server that is verified, said so": [{ "insecure-skip-tls-verify": false }, { token: "secret" }],
  "a slash behind the server": [{ server: "https://127.0.0.1:6443/" }, { token: "secret" }],
  "a server below a path": [{ server: "https://127.0.0.1:6443/k8s/clusters/one" }, { token: "secret" }],
  "notes of other tools": [{ extensions: [{ name: "minikube", extension: {} }] }, { token: "secret" }],
  "neither certificate nor token": [{}, {}],
};

describe("a plain kubeconfig leads to the same requests as with @kubernetes/client-node", () => {
  for (const [name, [cluster, user]] of Object.entries(plainForms)) {
    test(name, async () => {
      const file = join(folder, "kubeconfig");
      const content = kubeconfig(cluster, user);
      writeFileSync(file, content);
      const plain = plainConnection({ content, file }, undefined);
      assert.ok(plain, "it was left to client-node");
      const reference = await loadKubeConfig({ kubeconfig: file });
      const [ours, theirs] = [{ headers: {} }, { headers: {} }] as [RequestOptions, RequestOptions];
      await plain.authorise(ours);
      await reference.applyToHTTPSOptions(theirs);
      assert.deepEqual(sent(ours), sent(theirs));
      assert.equal(plain.server.replace(/\/+$/, ""), reference.getCurrentCluster()?.server);
    });
  }
});

describe("left to @kubernetes/client-node, which knows or refuses it, is", () => {
  const token = { token: "secret" };
  const others: Readonly<Record<string, string>> = {
    "a credential plugin": kubeconfig({}, { exec: { command: "aws", apiVersion: "client.authentication.k8s.io/v1" } }),
    "an auth provider": kubeconfig({}, { "auth-provider": { name: "oidc", config: {} } }),
    "a token that lies in a file": kubeconfig({}, { tokenFile: "token" }),
    "a name and a password": kubeconfig({}, { username: "me", password: "secret" }),
    "somebody who acts as another": kubeconfig({}, { ...token, as: "other" }),
    "a proxy": kubeconfig({ "proxy-url": "socks5://localhost:1" }, token),
    "a server without TLS": kubeconfig({ server: "http://127.0.0.1:8080" }, token),
    "a key as file and as data": kubeconfig({}, { "client-key": "me.key", "client-key-data": data("key") }),
    "a file that is not there": kubeconfig({ "certificate-authority": "gone.pem" }, token),
    "a key that nobody knows": kubeconfig({ news: 1 }, token),
    "an empty token": kubeconfig({}, { token: "" }),
    "a token that is a number": kubeconfig({}, { token: 5 }),
    "a user that is there twice": kubeconfig({}, token, {
      users: [
        { name: "me", user: token },
        { name: "me", user: {} },
      ],
    }),
    "a context that is current but not there": kubeconfig({}, token, { "current-context": "gone" }),
    "no current context": kubeconfig({}, token, { "current-context": "" }),
    "a context whose user is not there": kubeconfig({}, token, { "current-context": "nobody" }),
    "no kubeconfig": "- a\n- b\n",
    "no YAML": "{",
  };
  for (const [name, content] of Object.entries(others)) {
    test(name, () => assert.equal(plainConnection({ content }, undefined), undefined));
  }
});

test("the context that is asked for counts, not the current one", () => {
  const content = kubeconfig({}, { token: "secret" }, { "current-context": "nobody" });
  assert.equal(plainConnection({ content }, "first")?.server, "https://127.0.0.1:6443");
});

test("a connection is found from content, from a path, and from what kubectl takes", async () => {
  const file = join(folder, "kubeconfig");
  const content = kubeconfig({}, { token: "secret" });
  writeFileSync(file, content);
  const former = process.env["KUBECONFIG"];
  process.env["KUBECONFIG"] = file;
  try {
    const accesses: ClusterAccess[] = [{ kubeconfig: content }, { kubeconfig: file }, {}];
    for (const access of accesses) assert.equal((await connect(access)).server, "https://127.0.0.1:6443");
  } finally {
    if (former === undefined) delete process.env["KUBECONFIG"];
    else process.env["KUBECONFIG"] = former;
  }
});

test("several files, and a form that is not plain, work as well", async () => {
  const [one, other] = [join(folder, "one"), join(folder, "other")];
  writeFileSync(one, kubeconfig({}, { token: "secret" }));
  writeFileSync(other, stringify({ apiVersion: "v1", kind: "Config" }));
  const former = process.env["KUBECONFIG"];
  process.env["KUBECONFIG"] = `${one}:${other}`;
  try {
    assert.equal((await connect({})).server, "https://127.0.0.1:6443");
  } finally {
    if (former === undefined) delete process.env["KUBECONFIG"];
    else process.env["KUBECONFIG"] = former;
  }
  const proxied = await connect({ kubeconfig: kubeconfig({ "proxy-url": "http://localhost:1" }, { token: "secret" }) });
  const options: RequestOptions = { headers: {} };
  await proxied.authorise(options);
  assert.equal((options.headers as Record<string, string>)["Authorization"], "Bearer secret");
});

/** What of the options decides over a request: they may stand in the options themselves or in the agent. */
function sent(options: RequestOptions): Fields {
  const all = { ...(options.agent as Agent).options, ...options } as Fields;
  const text = (value: unknown) => (Buffer.isBuffer(value) ? value.toString("utf8") : value);
  return {
    ...Object.fromEntries(["ca", "cert", "key", "servername"].map((key) => [key, text(all[key])])),
    rejectUnauthorized: all["rejectUnauthorized"] ?? true,
    authorization: (options.headers as Fields)["Authorization"],
    impersonated: (options.headers as Fields)["Impersonate-User"],
  };
}
