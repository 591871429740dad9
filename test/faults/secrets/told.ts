import type { BadInput } from "../badInputs/badInput";

// Registrations that are refused, and whose refusal has a secret in its reach: in the kubeconfig, or in what a server answers.

/** In forms that a URL, YAML and a header can hold. */
const canary = "canary-of-the-kubeconfig-7431";
/** Where a path is expected: a token of words could be one. */
const randomCanary = "q7Zk2mX9vB4nT8wR3cY6pL1dF5hJ0sGa";

const kubeconfig = (cluster: object, user: object = {}) => ({
  apiVersion: "v1",
  kind: "Config",
  clusters: [{ name: "a", cluster }],
  users: [{ name: "a", user }],
  contexts: [{ name: "a", context: { cluster: "a", user: "a" } }],
});
const nowhere = "https://127.0.0.1:1";
const content = JSON.stringify(kubeconfig({ server: nowhere }, { token: canary }));
const flow = content.replaceAll('"', "");

/** By the place of the secret, with the code of the refusal. */
const kubeconfigs: readonly (readonly [id: string, code: string, kubeconfig: unknown, context?: string])[] = [
  ["server/user-and-password", "GMR112", kubeconfig({ server: `https://admin:${canary}@127.0.0.1:1` })],
  ["server/user", "GMR112", kubeconfig({ server: `https://${canary}@127.0.0.1:1` })],
  ["server/query", "GMR112", kubeconfig({ server: `https://127.0.0.1:1/?token=${canary}` })],
  ["server/path", "GMR112", kubeconfig({ server: `https://127.0.0.1:1/k8s/${randomCanary}/clusters` })],
  ["server/path-that-ends", "GMR112", kubeconfig({ server: `https://127.0.0.1:1/t/${randomCanary}` })],
  ["server/name-that-does-not-resolve", "GMR111", kubeconfig({ server: `https://admin:${canary}@a.invalid` })],
  ["server/without-a-host", "GMR105", kubeconfig({ server: `https://admin:${canary}@` })],
  ["server/of-another-kind", "GMR105", kubeconfig({ server: `ftp://admin:${canary}@127.0.0.1:1` })],
  ["proxy/http", "GMR106", kubeconfig({ server: nowhere, "proxy-url": `http://admin:${canary}@127.0.0.1:1` })],
  ["proxy/https", "GMR106", kubeconfig({ server: nowhere, "proxy-url": `https://admin:${canary}@127.0.0.1:1` })],
  ["proxy/socks5", "GMR106", kubeconfig({ server: nowhere, "proxy-url": `socks5://admin:${canary}@127.0.0.1:1` })],
  ["proxy/of-another-kind", "GMR105", kubeconfig({ server: nowhere, "proxy-url": `gopher://admin:${canary}@a:1` })],
  ["one-line/json", "GMR103", content, "b"],
  ["one-line/yaml", "GMR103", flow, "b"],
  ["one-line/with-a-marker", "GMR103", `--- ${flow}`, "b"],
  ["one-line/with-a-comment", "GMR103", `${flow} # of the team`, "b"],
  ["one-line/cut", "GMR102", content.slice(0, -3)],
  ["one-line/cut-yaml", "GMR102", `--- ${flow.slice(0, -3)}`],
  ["one-line/in-quotes", "GMR102", JSON.stringify(content)],
  ["user/token-in-place-of-a-file", "GMR104", kubeconfig({ server: nowhere }, { tokenFile: randomCanary })],
  ["user/token-with-a-line-end", "GMR104", kubeconfig({ server: nowhere }, { token: `${canary}\nx` })],
  [
    "user/key-that-is-none",
    "GMR104",
    kubeconfig({ server: nowhere }, { "client-certificate-data": btoa("a"), "client-key-data": btoa(canary) }),
  ],
];

/** Forms in which a server echoes the token of a request. */
const echoes: Readonly<Record<string, (token: string) => string>> = {
  plain: (token) => `unknown token ${token}`,
  header: (token) => `the request had Authorization: Bearer ${token}`,
  base64: (token) => `rejected ${btoa(token)}`,
  "base64-of-the-header": (token) => `rejected ${btoa(`Bearer ${token}`)}`,
  "for-urls": (token) => `https://login.example.com/?t=${encodeURIComponent(token)}`,
  hex: (token) => `rejected ${Buffer.from(token).toString("hex")}`,
  json: (token) => JSON.stringify({ headers: { authorization: [`Bearer ${token}`] } }),
  "json-in-json": (token) => JSON.stringify(JSON.stringify({ token })),
};

/** What answers: an API server with a Status, or somebody else with plain text. */
const answers: readonly (readonly [
  id: string,
  code: string,
  status: number,
  body: (told: string) => string | object,
])[] = [
  ["status-403", "GMR116", 403, (message) => ({ kind: "Status", status: "Failure", message, code: 403 })],
  ["status-500", "GMR117", 500, (message) => ({ kind: "Status", status: "Failure", message, code: 500 })],
  ["text-400", "GMR117", 400, (told) => told],
];

export const refusalsWithSecrets: readonly BadInput[] = [
  ...kubeconfigs.map(
    ([id, code, given, context = "a"]): BadInput => ({
      id: `secrets/kubeconfig/${id}`,
      args: {},
      codes: [code],
      kubeconfig: { kubeconfig: typeof given === "string" ? given : JSON.stringify(given, null, 1), context },
      hidden: [canary, randomCanary],
    }),
  ),
  ...answers.flatMap(([answer, code, status, body]) =>
    Object.entries(echoes).map(
      ([form, echo]): BadInput => ({
        id: `secrets/echo/${answer}/${form}`,
        args: {},
        codes: [code],
        spoil: (_, remote) => {
          remote.intervene = () => ({ status, body: body(echo(remote.bearer)) });
        },
      }),
    ),
  ),
];
