import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { rootCertificates } from "node:tls";
import fc from "fast-check";
import { stringify } from "yaml";
import { problemsOf } from "../../../../components/base/problems";
import { type ClusterAccess, describeAccess, isKubeconfigContent } from "../../../../components/kubernetes/access";
import { KubernetesClient } from "../../../../components/kubernetes/client";
import { loadKubeConfig } from "../../../../components/kubernetes/kubeconfig";

const credential = "s3cr3t-bearer-0123456789abcdef";
const kubeconfig = {
  apiVersion: "v1",
  kind: "Config",
  clusters: [{ name: "one", cluster: { server: "https://127.0.0.1:1" } }],
  users: [{ name: "me", user: { token: credential } }],
  contexts: [
    { name: "first", context: { cluster: "one", user: "me" } },
    { name: "second", context: { cluster: "one", user: "me" } },
    { name: "dangling", context: { cluster: "none", user: "me" } },
  ],
  "current-context": "first",
};
const yaml = stringify(kubeconfig);
const json = JSON.stringify(kubeconfig);

let folder = "";
let path = "";
const previousKubeconfig = process.env["KUBECONFIG"];
before(() => {
  folder = mkdtempSync(join(tmpdir(), "access-"));
  path = join(folder, "kubeconfig");
  writeFileSync(path, yaml, { mode: 0o600 });
});
after(() => rmSync(folder, { recursive: true }));
afterEach(() => {
  if (previousKubeconfig === undefined) delete process.env["KUBECONFIG"];
  else process.env["KUBECONFIG"] = previousKubeconfig;
});

async function failure(access: ClusterAccess): Promise<{ codes: string[]; message: string }> {
  try {
    await loadKubeConfig(access);
  } catch (error) {
    const problems = problemsOf(error);
    assert.ok(problems, `not a RegistrationError: ${error}`);
    return { codes: problems.map(({ code }) => code), message: (error as Error).message };
  }
  return assert.fail("it was accepted");
}

describe("a kubeconfig is loaded", () => {
  test("from a path", async () => {
    assert.equal((await loadKubeConfig({ kubeconfig: path, context: "second" })).context, "second");
  });
  for (const [form, content] of Object.entries({ YAML: yaml, JSON: json })) {
    test(`from content in ${form}`, async () => {
      const config = await loadKubeConfig({ kubeconfig: content, context: "second" });
      assert.equal(config.context, "second");
      assert.equal(config.cluster.server, "https://127.0.0.1:1");
    });
  }
  test("with its current context when none is named", async () => {
    assert.equal((await loadKubeConfig({ kubeconfig: path })).context, "first");
  });
  test("from KUBECONFIG when none is given, or an empty one", async () => {
    process.env["KUBECONFIG"] = path;
    assert.equal((await loadKubeConfig({})).context, "first");
    assert.equal((await loadKubeConfig({ kubeconfig: "" })).context, "first");
  });
});

describe("of several files in KUBECONFIG, as for kubectl", () => {
  const other = {
    ...kubeconfig,
    clusters: [{ name: "two", cluster: { server: "https://127.0.0.1:2" } }],
    users: [{ name: "me", user: { token: "another" } }],
    contexts: [{ name: "third", context: { cluster: "two", user: "me" } }],
    "current-context": "third",
  };
  const file = (name: string, content: object | string): string => {
    const at = join(folder, name);
    writeFileSync(at, typeof content === "string" ? content : stringify(content), { mode: 0o600 });
    return at;
  };
  const load = (files: readonly string[], access: ClusterAccess = {}) => {
    process.env["KUBECONFIG"] = files.join(delimiter);
    return loadKubeConfig(access);
  };

  test("the first current context counts", async () => {
    const config = await load([path, file("other", other)]);
    assert.equal(config.context, "first");
    assert.equal(config.cluster.server, "https://127.0.0.1:1");
    const turned = await load([file("other", other), path]);
    assert.equal(turned.cluster.server, "https://127.0.0.1:2");
  });
  test("a file without a current context leaves it to the next", async () => {
    const config = await load([file("no-current", { ...other, "current-context": "" }), path]);
    assert.equal(config.context, "first");
  });
  test("contexts of all of them are found", async () => {
    const config = await load([path, file("other", other)], { context: "third" });
    assert.equal(config.cluster.server, "https://127.0.0.1:2");
  });
  test("of clusters, users and contexts of one name the first counts", async () => {
    const same = { ...kubeconfig, clusters: [{ name: "one", cluster: { server: "https://127.0.0.1:3" } }] };
    const config = await load([path, file("same", { ...same, users: other.users })], { context: "second" });
    assert.equal(config.cluster.server, "https://127.0.0.1:1");
    assert.equal(config.user.token, credential);
  });
  test("one that is not there, an empty one and an empty place between separators are left out", async () => {
    const config = await load([join(folder, "missing"), "", file("empty", ""), path]);
    assert.equal(config.context, "first");
  });
  test("relative paths start at the folder of their file", async () => {
    mkdirSync(join(folder, "below"));
    const user = {
      "client-certificate": "me.crt",
      "client-key": "/keys/me.key",
      tokenFile: "../token",
      exec: { command: "bin/login", apiVersion: "client.authentication.k8s.io/v1beta1" },
    };
    const users = [{ name: "me", user }];
    const clusters = [{ name: "two", cluster: { server: "https://127.0.0.1:2", "certificate-authority": "ca.crt" } }];
    const selected = await load([file("below/other", { ...other, clusters, users }), path]);
    assert.equal(selected.cluster["certificate-authority"], join(folder, "below/ca.crt"));
    assert.equal(selected.user["client-certificate"], join(folder, "below/me.crt"));
    assert.equal(selected.user["client-key"], "/keys/me.key");
    assert.equal(selected.user.tokenFile, join(folder, "token"));
    assert.equal(selected.user.exec?.command, join(folder, "below/bin/login"));
    const onPath = [{ name: "me", user: { exec: { ...user.exec, command: "login" } } }];
    assert.equal((await load([file("below/other", { ...other, users: onPath })])).user.exec?.command, "login");
  });
  test("GMR101: one that cannot be read stops the run", async () => {
    process.env["KUBECONFIG"] = [path, folder].join(delimiter);
    const { codes, message } = await failure({});
    assert.deepEqual(codes, ["GMR101"]);
    assert.match(message, new RegExp(`${folder} — EISDIR`));
  });
  test("GMR101: separators alone are no file, and the one in the home folder is not taken", async () => {
    process.env["KUBECONFIG"] = delimiter;
    const { codes, message } = await failure({});
    assert.deepEqual(codes, ["GMR101"]);
    assert.match(message, /KUBECONFIG/);
  });
});

describe("a kubeconfig is refused, with its code", () => {
  test("GMR101: there is no such file", async () => {
    const { codes, message } = await failure({ kubeconfig: join(folder, "none"), context: "first" });
    assert.deepEqual(codes, ["GMR101"]);
    assert.match(message, /no such file/);
  });
  test("GMR101: it is a folder", async () => {
    const { codes, message } = await failure({ kubeconfig: folder });
    assert.deepEqual(codes, ["GMR101"]);
    assert.match(message, /EISDIR/);
  });
  test("GMR101: KUBECONFIG names only files that are not there", async () => {
    process.env["KUBECONFIG"] = `${join(folder, "a")}:${join(folder, "b")}`;
    const { codes, message } = await failure({});
    assert.deepEqual(codes, ["GMR101"]);
    assert.ok(message.includes(join(folder, "a")) && message.includes(join(folder, "b")));
  });

  const unreadable: Readonly<Record<string, string>> = {
    "broken YAML": `users:\n- name: me\n  user: {token: ${credential}\n bad: [`,
    "tabs in YAML": `users:\n\t- token: ${credential}\n`,
    "broken JSON": `{"users": [{"token": "${credential}"`,
    "lists where maps are wanted": `- ${credential}\n- b\n`,
    "a user without content": `clusters: 7\nusers: ${credential}\n`,
  };
  for (const [name, content] of Object.entries(unreadable)) {
    test(`GMR102 or GMR103: ${name}, and the message quotes nothing of it`, async () => {
      const { codes, message } = await failure({ kubeconfig: content });
      assert.match(codes.join(), /^GMR10[23]$/);
      assert.ok(!message.includes(credential), message);
    });
  }

  test("GMR103: the context is not there, and the present ones are named", async () => {
    const { codes, message } = await failure({ kubeconfig: path, context: "third" });
    assert.deepEqual(codes, ["GMR103"]);
    assert.match(message, /no context "third".*it has: first, second/);
    assert.ok(message.endsWith(` — list its contexts with: kubectl --kubeconfig ${path} config get-contexts`), message);
  });
  test("GMR103: no command is advised for a kubeconfig that is given as content", async () => {
    const { message } = await failure({ kubeconfig: yaml, context: "third" });
    assert.ok(message.endsWith(" — correct the content that [kubeconfig] gives, or [context]"), message);
  });
  test("GMR103: no context is current", async () => {
    const { codes, message } = await failure({ kubeconfig: stringify({ ...kubeconfig, "current-context": "" }) });
    assert.deepEqual(codes, ["GMR103"]);
    assert.match(message, /names no current context/);
  });
  test("GMR103: it is empty", async () => {
    const { codes } = await failure({ kubeconfig: "\n", context: "first" });
    assert.match(codes.join(), /^GMR10[23]$/);
  });
  test("GMR103: the context names no cluster that is there", async () => {
    const { codes, message } = await failure({ kubeconfig: path, context: "dangling" });
    assert.deepEqual(codes, ["GMR103"]);
    assert.match(message, /names no cluster/);
    assert.ok(message.endsWith(`: kubectl --kubeconfig ${path} --context dangling config view --minify`), message);
  });
});

describe("nothing of a kubeconfig's content is in any message", () => {
  test("when it is well-formed and the context is missing", async () => {
    for (const content of [yaml, json]) {
      const { message } = await failure({ kubeconfig: content, context: "third" });
      assert.ok(!message.includes(credential) && !message.includes("127.0.0.1"), message);
    }
  });

  test("when it was given in base64, as pipelines like to keep it", async () => {
    const encoded = Buffer.from(yaml).toString("base64");
    const { message } = await failure({ kubeconfig: encoded });
    assert.ok(!message.includes(encoded.slice(0, 40)), "the content is in the message");
    assert.ok(
      !describeAccess({ kubeconfig: encoded }).includes(encoded.slice(0, 40)),
      "the content is in the description",
    );
  });

  test("when an access is described", () => {
    assert.equal(describeAccess({ kubeconfig: yaml, context: "first" }), 'context "first" of the given kubeconfig');
    assert.equal(describeAccess({ kubeconfig: json }), "the current context of the given kubeconfig");
    assert.equal(describeAccess({ kubeconfig: "/a/b", context: "first" }), 'context "first" of /a/b');
    assert.equal(describeAccess({}), "the current context");
  });
});

describe("content is distinguished from a path, on one line too", () => {
  const one = `{apiVersion: v1, users: [{name: me, user: {token: ${credential}}}]}`;
  const contents = [
    yaml,
    json,
    ` ${json}`,
    `\uFEFF${json}`,
    "a\nb",
    "a\rb",
    one,
    `--- ${one}`,
    `---\t${json}`,
    `%YAML 1.2 --- ${one}`,
    `# mine ${one}`,
    `!!map ${one}`,
    `&a ${one}`,
    `? users : [{user: {token: ${credential}}}]`,
    `users: [{name: me, user: {token: ${credential}}}]`,
    `"users": [{"user": {"token": "${credential}"}}]`,
    `[${json}]`,
    JSON.stringify(json),
    `'${json}'`,
    `data:application/json;base64,${Buffer.from(json).toString("base64")}`,
    `https://me:${credential}@example.com/kubeconfig`,
    encodeURIComponent(json),
    Buffer.from(yaml).toString("base64"),
    Buffer.from(json).toString("base64url"),
    Buffer.from("?o??o?".repeat(30)).toString("base64"),
    Buffer.from(one.slice(0, 40)).toString("base64"),
  ];
  for (const content of contents) {
    test(JSON.stringify(content.slice(0, 60)), () => {
      assert.ok(isKubeconfigContent(content));
      assert.equal(describeAccess({ kubeconfig: content }), "the current context of the given kubeconfig");
      const isQuoted = ({ message }: Error) => message.includes(credential) || message.includes(content.slice(0, 20));
      assert.throws(
        () => loadKubeConfig({ kubeconfig: content, context: "none" }),
        (error: Error) => !isQuoted(error),
      );
    });
  }
  const files = [
    "/a/b",
    "~/.kube/config",
    "config",
    "",
    "./a b/c",
    "C:\\Users\\me\\.kube\\config",
    "clusters/users/kubeconfig",
    "builds/platform/deployments/production/clusters/remote/kubeconfigs/team/administrators/kubeconfig",
    "/tmp/9f86d081884c7d659a2feaa0c55ad015/kubeconfig",
    "kubeconfig-production-cluster-2",
    "my_very_long_kubeconfig_2026",
    "kubeconfig-9f86d081884c7d659a2feaa0c55ad015",
    "/tmp/kubeconfig-9f86d081884c7d659a2feaa0c55ad0159f86d081884c7d65",
    "/tmp/kubeconfig-XyZQwRtPlMnBvCxZ",
    "/home/ci/kube/current-context",
    "kube/current-context",
    "%USERPROFILE%\\.kube\\config",
  ];
  for (const file of files) test(`path ${file}`, () => assert.ok(!isKubeconfigContent(file)));
});

test("a token in the place of a kubeconfig counts as content, which no message quotes", () => {
  for (const token of [
    "9f86d081884c7d659a2feaa0c55ad015",
    "q7Zk2mX9vB4nT8wR3cY6pL1dF5hJ0sGa",
    "pul-x8Kq2ZrT5wV9mB3nJ7",
  ]) {
    assert.ok(isKubeconfigContent(token), token);
  }
});

test("a long list in KUBECONFIG names files", () => {
  process.env["KUBECONFIG"] = Array.from({ length: 100 }, (_, index) => `${path}-that-is-not-there-${index}`)
    .concat(path)
    .join(":");
  assert.ok(loadKubeConfig({ context: "first" }));
});

test("GMR101: content in KUBECONFIG, which must name files, is not quoted", async () => {
  for (const content of [json, yaml, `--- {token: ${credential}}`, Buffer.from(yaml).toString("base64")]) {
    process.env["KUBECONFIG"] = content;
    const { codes, message } = await failure({});
    assert.deepEqual(codes, ["GMR101"]);
    assert.match(message, / — KUBECONFIG — it holds a kubeconfig, and must name files — /);
  }
});

test("a kubeconfig whose names or addresses are not strings is refused with a code", async () => {
  const current = JSON.stringify({ ...kubeconfig, "current-context": { toString: "" } });
  assert.deepEqual((await failure({ kubeconfig: current })).codes, ["GMR102"]);
  const clusters = [{ name: "one", cluster: { server: 5 } }];
  const address = JSON.stringify({ ...kubeconfig, clusters });
  assert.deepEqual((await failure({ kubeconfig: address })).codes, ["GMR102"]);
});

describe("without a kubeconfig, in a pod", () => {
  const account = () => join(folder, "account");
  const previous = { ...process.env };
  before(() => {
    mkdirSync(account());
    writeFileSync(join(account(), "token"), "the-token\n");
    process.env["KUBERNETES_SERVICE_HOST"] = "fd00::1";
    process.env["KUBERNETES_SERVICE_PORT"] = "6443";
    process.env["KUBECONFIG"] = join(folder, "none");
  });
  after(() => {
    process.env = previous;
  });
  const load = (access: ClusterAccess) => {
    process.env["KUBECONFIG"] = join(folder, "none");
    return loadKubeConfig(access, account());
  };

  test("the service account is taken, and no context has a name", () => {
    writeFileSync(join(account(), "ca.crt"), rootCertificates[0] ?? "");
    const { context, cluster, user } = load({});
    assert.deepEqual(
      [context, cluster.server, cluster["certificate-authority"], user.tokenFile],
      [undefined, "https://[fd00::1]:6443", join(account(), "ca.crt"), join(account(), "token")],
    );
  });
  for (const [what, content] of [
    ["has no authority", undefined],
    ["has an empty authority", ""],
    ["has an authority that is no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"],
  ] as const) {
    test(`the system's authorities are trusted where the service account ${what}, as in client-go`, async () => {
      rmSync(join(account(), "ca.crt"), { force: true });
      if (content !== undefined) writeFileSync(join(account(), "ca.crt"), content);
      assert.equal(load({}).cluster["certificate-authority"], "");
      await KubernetesClient.open({}, { accountFolder: account() });
    });
  }
  test("GMR101: a context or a file was asked for", () => {
    for (const access of [{ context: "first" }, { kubeconfig: join(folder, "none") }]) {
      assert.throws(() => load(access), /GMR101/);
    }
  });
  test("GMR101: there is no service account", () => {
    process.env["KUBECONFIG"] = join(folder, "none");
    assert.throws(() => loadKubeConfig({}, join(folder, "no-account")), /GMR101/);
  });
});

test("over all contents: only RegistrationErrors, and none quotes a line", async () => {
  const line = fc.constantFrom(
    "users:",
    "- name: a",
    "  user: 5",
    "contexts:",
    "clusters: {}",
    "current-context: a",
    "[",
    "{",
    "\t",
    `x: ${credential}`,
  );
  const content = fc.oneof(
    fc.array(line, { minLength: 2 }).map((lines) => lines.join("\n")),
    fc.json().map((text) => `${text}\n`),
    fc.string({ unit: "binary" }).map((text) => `${text}\n`),
  );
  await fc.assert(
    fc.asyncProperty(content, async (text) => {
      const { message } = await failure({ kubeconfig: text, context: "nowhere" });
      assert.ok(!message.includes(credential));
    }),
  );
});
