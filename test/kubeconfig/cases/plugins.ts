import type { World } from "../world";
import { base64, configOf, type KubeconfigCase, refusedAs, userCase } from "./kubeconfigCase";

const group = "client.authentication.k8s.io";

function credential(status: object | undefined, version = "v1beta1"): string {
  return JSON.stringify({ kind: "ExecCredential", apiVersion: `${group}/${version}`, status });
}

let count = 0;

/** A plugin that prints this, after a shell line. */
function plugin(w: World, output: string, line = ""): string {
  const printed = output.replaceAll("'", `'\\''`);
  count += 1;
  return w.file(`bin/plugin-${count}`, `#!/bin/sh\n${line}\nprintf '%s' '${printed}'\n`, 0o700);
}

const exec = (command: string, more: object = {}) => ({ exec: { apiVersion: `${group}/v1beta1`, command, ...more } });
const good = (w: World, line?: string) => plugin(w, credential({ token: w.token }), line);
const inRow = (more: object, line: string) => (w: World) => exec(good(w, line), more);

export const pluginCases: readonly KubeconfigCase[] = [
  userCase("exec v1beta1", (w) => exec(good(w))),
  userCase("exec v1", (w) =>
    exec(plugin(w, credential({ token: w.token }, "v1")), { apiVersion: `${group}/v1`, interactiveMode: "Never" }),
  ),
  userCase(
    "exec v1 without interactiveMode",
    (w) => exec(plugin(w, credential({ token: w.token }, "v1")), { apiVersion: `${group}/v1` }),
    refusedAs(/^GMR104 .*interactiveMode/),
  ),
  userCase("exec with interactiveMode IfAvailable", (w) => exec(good(w), { interactiveMode: "IfAvailable" })),
  userCase(
    "exec with interactiveMode Always, without a terminal",
    (w) => exec(good(w), { interactiveMode: "Always" }),
    refusedAs(/^GMR104 .*plugin .*needs a terminal/),
  ),
  userCase(
    "exec with another interactiveMode",
    (w) => exec(good(w), { interactiveMode: "Sometimes" }),
    refusedAs(/^GMR104 .*interactiveMode/),
  ),
  userCase(
    "exec v1alpha1",
    (w) => exec(plugin(w, credential({ token: w.token }, "v1alpha1")), { apiVersion: `${group}/v1alpha1` }),
    refusedAs(/^GMR104 .*apiVersion of exec/),
  ),
  userCase(
    "exec without apiVersion",
    (w) => exec(good(w), { apiVersion: undefined }),
    refusedAs(/^GMR104 .*apiVersion of exec/),
  ),
  userCase("exec without a command", () => exec(""), refusedAs(/^GMR104 .*no command/)),
  userCase(
    "exec with args and env",
    inRow(
      { args: ["a b", "c"], env: [{ name: "PLUGIN_WORD", value: "w" }] },
      '[ "$1|$2|$PLUGIN_WORD" = "a b|c|w" ] || exit 3',
    ),
  ),
  userCase(
    "exec with env without a name",
    (w) => exec(good(w), { env: [{ value: "w" }] }),
    refusedAs(/^GMR104 .*env of exec/),
  ),
  userCase("exec, relative path", (w) => exec(`./${good(w).slice(w.folder.length + 1)}`)),
  userCase("exec, from PATH", (w) => {
    w.file("path/on-path", `#!/bin/sh\nprintf '%s' '${credential({ token: w.token })}'\n`, 0o700);
    return exec("on-path");
  }),
  userCase("exec, not there", () => exec("./no-such-plugin"), refusedAs(/^GMR104 .*plugin .*ENOENT/)),
  userCase(
    "exec, not executable",
    (w) => exec(w.file("bin/not-executable", "#!/bin/sh\n", 0o600)),
    refusedAs(/^GMR104 .*plugin .*EACCES/),
  ),
  userCase("exec that fails", (w) => exec(good(w, "exit 7")), refusedAs(/^GMR104 .*plugin .*exit code 7/)),
  userCase("exec with output that is no JSON", (w) => exec(plugin(w, "{ no: [")), refusedAs(/^GMR104 .*its output is/)),
  userCase("exec with output in YAML", (w) =>
    exec(plugin(w, `kind: ExecCredential\napiVersion: ${group}/v1beta1\nstatus:\n  token: ${w.token}\n`)),
  ),
  userCase(
    "exec with output of another version",
    (w) => exec(plugin(w, credential({ token: w.token }, "v1"))),
    refusedAs(/^GMR104 .*another apiVersion/),
  ),
  userCase(
    "exec with output of another kind",
    (w) => exec(plugin(w, JSON.stringify({ kind: "Token", apiVersion: `${group}/v1beta1` }))),
    refusedAs(/^GMR104 .*not an ExecCredential/),
  ),
  userCase(
    "exec without a status",
    (w) => exec(plugin(w, credential(undefined))),
    refusedAs(/^GMR104 .*neither token nor certificate/),
  ),
  userCase(
    "exec with an empty status",
    (w) => exec(plugin(w, credential({}))),
    refusedAs(/^GMR104 .*neither token nor certificate/),
  ),
  userCase("exec with a certificate", (w) =>
    exec(plugin(w, credential({ clientCertificateData: w.client.cert, clientKeyData: w.client.key }))),
  ),
  userCase(
    "exec with a certificate without a key",
    (w) => exec(plugin(w, credential({ clientCertificateData: w.client.cert }))),
    refusedAs(/^GMR104 .*without a key/),
  ),
  userCase(
    "exec with a foreign key",
    (w) => exec(plugin(w, credential({ clientCertificateData: w.client.cert, clientKeyData: w.foreignClient.key }))),
    refusedAs(/^GMR104 .*does not belong/),
  ),
  userCase("exec with an expiry", (w) =>
    exec(plugin(w, credential({ token: w.token, expirationTimestamp: "2999-01-01T00:00:00Z" }))),
  ),
  userCase("exec with an expiry in the past", (w) =>
    exec(plugin(w, credential({ token: w.token, expirationTimestamp: "2001-01-01T00:00:00Z" }))),
  ),
  userCase(
    "exec with an expiry that is no time",
    (w) => exec(plugin(w, credential({ token: w.token, expirationTimestamp: "soon" }))),
    refusedAs(/^GMR104 .*no time/),
  ),
  userCase(
    "exec with a token that is rejected",
    (w) => exec(plugin(w, credential({ token: "token-of-nobody" }))),
    refusedAs(/^GMR115 /),
  ),
  userCase("exec beside a token", (w) => ({ ...exec("./no-such-plugin"), token: w.token })),
  userCase(
    "exec beside auth-provider",
    (w) => ({ ...exec(good(w)), "auth-provider": { name: "oidc" } }),
    refusedAs(/^GMR104 .*only one/),
  ),
  userCase(
    "exec learns nothing of the cluster",
    inRow({}, 'case "$KUBERNETES_EXEC_INFO" in *cluster*) exit 3;; *interactive*) ;; *) exit 4;; esac'),
  ),
  {
    name: "exec with provideClusterInfo",
    content: (w) => {
      const data = base64(w.authority.cert);
      const wanted = `*'"certificate-authority-data":"${data}"'*'"config":{"audience":"a"}'*`;
      const line = `case "$KUBERNETES_EXEC_INFO" in ${wanted}) ;; *) exit 3;; esac`;
      const extensions = [{ name: `${group}/exec`, extension: { audience: "a" } }];
      return configOf(w, { cluster: { extensions }, user: exec(good(w, line), { provideClusterInfo: true }) });
    },
  },
];
