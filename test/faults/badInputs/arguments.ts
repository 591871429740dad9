import type { BadInput } from "./badInput";

const label64 = "a".repeat(64);
const name254 = `${"a".repeat(63)}.${"b".repeat(63)}.${"c".repeat(63)}.${"d".repeat(62)}`;

/** One argument's bad values, each with the code that it is told by. */
const values = (
  what: string,
  code: string,
  given: Readonly<Record<string, unknown>>,
  argsOf: (value: unknown) => object,
): BadInput[] =>
  Object.entries(given).map(([name, value]) => ({ id: `${what}/${name}`, args: argsOf(value), codes: [code] }));

const clusterNames = values(
  "cluster-name",
  "GMR001",
  {
    empty: "",
    underscore: "cluster_2",
    "upper-case": "Cluster-2",
    "hyphen-first": "-cluster",
    "hyphen-last": "cluster-",
    dot: "cluster.2",
    space: "cluster 2",
    "line-break": "cluster-2\n",
    path: "../cluster-2",
    "other-alphabet": "größe",
    "64-characters": label64,
    "254-characters": name254,
    "null-byte": "cluster-2\u0000",
  },
  (clusterName) => ({ clusterName }),
);

const addresses = values(
  "relay-address",
  "GMR002",
  {
    empty: "",
    "host-empty": ":9900",
    "port-missing": "relay.example.com",
    "port-empty": "relay.example.com:",
    "port-0": "relay.example.com:0",
    "port-65536": "relay.example.com:65536",
    "port-negative": "relay.example.com:-1",
    "port-hexadecimal": "relay.example.com:0x10",
    "port-in-other-digits": "relay.example.com:९९००",
    "port-of-many-digits": "relay.example.com:0000000009900",
    scheme: "https://relay.example.com:9900",
    path: "relay.example.com:9900/relay",
    "ipv6-without-brackets": "2001:db8::1",
    "ipv6-without-port": "[2001:db8::1]",
    "ipv6-bracket-open": "[2001:db8::1:9900",
    "ipv6-invalid": "[2001:db8::zz]:9900",
    "ipv4-of-256": "172.18.0.256:9900",
    "ipv4-of-three": "172.18.0:9900",
    "white-space": "relay.example.com :9900",
    "white-space-behind": "relay.example.com:9900 ",
    "idn-not-encoded": "münchen.example.com:9900",
    "label-of-64": `${label64}.example.com:9900`,
    "host-of-254": `${name254}:9900`,
    "empty-label": "relay..example.com:9900",
    credentials: "user@relay.example.com:9900",
    "two-ports": "relay.example.com:9900:9901",
  },
  (serverAddress) => ({ relay: { serverAddress } }),
);

const versions = values(
  "agent-version",
  "GMR003",
  {
    empty: "",
    word: "latest",
    "two-numbers": "1.0",
    "four-numbers": "1.0.4.5",
    wildcard: "1.0.x",
    range: ">=1.0.4",
    "white-space": "1.0.4 ",
    "other-generation": "2.0.0",
    "earlier-generation": "0.9.0",
    "v-twice": "vv1.0.4",
  },
  (version) => ({ agent: { version } }),
);

const names = [
  ...values(
    "authority",
    "GMR004",
    { empty: "", port: "relay.gloo-mesh:9900", wildcard: "*.gloo-mesh", "label-of-64": label64, "of-254": name254 },
    (authority) => ({ relay: { serverAddress: "127.0.0.1:1", authority } }),
  ),
  ...values(
    "cluster-domain",
    "GMR009",
    { empty: "", "dot-last": "cluster.local.", underscore: "cluster_local", "of-254": name254 },
    (clusterDomain) => ({ clusterDomain }),
  ),
  ...values("identity", "GMR012", { empty: "", "upper-case": "None", unknown: "token" }, (identity) => ({ identity })),
  ...values("proof-level", "GMR012", { empty: "", "upper-case": "Agent", unknown: "hub" }, (level) => ({
    proof: { level },
  })),
  ...values(
    "management-namespace",
    "GMR006",
    { "upper-case": "Gloo-Mesh", "of-64": label64, path: "gloo-mesh/secrets" },
    (managementNamespace) => ({ managementNamespace }),
  ),
  ...values("namespace", "GMR006", { empty: "", dot: "gloo.mesh", "of-64": label64 }, (name) => ({
    namespace: { name },
  })),
  ...values(
    "secret-name",
    "GMR006",
    { empty: "", "upper-case": "Token", path: "a/../b", "of-254": name254, query: "a?b=c" },
    (name) => ({ token: { secret: { name } } }),
  ),
  ...values("secret-key", "GMR006", { empty: "", path: "a/b", "of-254": "k".repeat(254) }, (key) => ({
    token: { source: { key } },
  })),
  ...values("ingress-service", "GMR006", { empty: "", "of-64": label64 }, (service) => ({
    relay: { ingress: { service } },
  })),
];

const numbers = [
  ...values(
    "timeout",
    "GMR007",
    { zero: 0, negative: -1, "less-than-1": 0.999, fraction: 2.01, "more-than-3600": 3601, huge: 1e300 },
    (timeoutSeconds) => ({ proof: { timeoutSeconds } }),
  ),
  ...values(
    "abandoned-after",
    "GMR007",
    { zero: 0, fraction: 1.5, "more-than-3600": 3601 },
    (abandonedAfterSeconds) => ({
      agent: { version: "1.0.4", abandonedAfterSeconds },
    }),
  ),
  ...values(
    "ignored-check",
    "GMR011",
    { unknown: "GMR999", "not-ignorable": "GMR301", "no-code": "all", prototype: "constructor" },
    (code) => ({ checks: { ignore: [code] } }),
  ),
];

/** Values that a program in JavaScript may give, or one that takes them from elsewhere. */
const kinds = [
  ...values("kind", "GMR013", { number: 5, list: ["cluster-2"], map: { name: "cluster-2" } }, (clusterName) => ({
    clusterName,
  })),
  ...values("kind-of-address", "GMR013", { number: 9900, map: { host: "a" } }, (serverAddress) => ({
    relay: { serverAddress },
  })),
  ...values("kind-of-version", "GMR013", { number: 1.1, list: [1, 0, 4] }, (version) => ({ agent: { version } })),
  ...values("kind-of-seconds", "GMR013", { text: "60", list: [60] }, (timeoutSeconds) => ({
    proof: { timeoutSeconds },
  })),
  ...values("kind-of-secret", "GMR013", { text: "token", name: { name: 5 } }, (secret) => ({ token: { secret } })),
  ...values("kind-of-values", "GMR013", { text: "a: b", list: [1] }, (given) => ({
    agent: { version: "1.0.4", values: given },
  })),
  ...values("kind-of-ignored", "GMR013", { text: "GMR226", numbers: [226] }, (ignore) => ({ checks: { ignore } })),
  // Each is true for JavaScript.
  ...values("kind-of-identity", "GMR013", { number: 1, boolean: false }, (identity) => ({ identity })),
  ...values("kind-of-group", "GMR013", { text: "127.0.0.1:1", list: [1] }, (relay) => ({ relay })),
  ...values("kind-of-validation", "GMR013", { number: 1, list: ["true"] }, (command) => ({ validation: { command } })),
  ...values("kind-of-self-registration", "GMR013", { text: "false" }, (selfRegistration) => ({ selfRegistration })),
  ...values("kind-of-namespace", "GMR013", { create: "create", sidecars: "disableIstioInjection" }, (choice) => ({
    namespace: { [choice as string]: "false" },
  })),
  ...values("kind-of-provided", "GMR013", { text: "false" }, (provided) => ({
    identity: "none",
    // Would be reported as a contradiction if the string were taken for true.
    rootCertificate: { provided },
  })),
];

const contradictions: readonly (readonly [id: string, args: object])[] = [
  ["self-and-retained-token", { selfRegistration: true, identity: "retained-token" }],
  ["self-and-provided-token", { selfRegistration: true, identity: "provided-token" }],
  ["self-and-provided-root", { selfRegistration: true, rootCertificate: { provided: true } }],
  ["self-and-namespace", { selfRegistration: true, namespace: { create: true } }],
  ["self-and-reissue", { selfRegistration: true, clientCertificate: { reissue: "1" } }],
  ["none-and-token", { identity: "none", token: { secret: { name: "a" } } }],
  ["none-and-root", { identity: "none", rootCertificate: { provided: true } }],
  ["none-and-chain", { identity: "none", proof: { chainToRoot: true } }],
  ["none-and-certificate", { identity: "none", clientCertificate: { secret: { name: "a" } } }],
  ["provided-certificate-and-root", { identity: "provided-certificate", rootCertificate: { provided: true } }],
  ["provided-certificate-and-token", { identity: "provided-certificate", token: { secret: { name: "a" } } }],
  ["provided-certificate-and-reissue", { identity: "provided-certificate", clientCertificate: { reissue: "1" } }],
  ["provided-root-and-source", { rootCertificate: { provided: true, source: { name: "a" } } }],
  ["provided-token-and-source", { identity: "provided-token", token: { source: { name: "a" } } }],
  ["address-and-ingress", { relay: { serverAddress: "127.0.0.1:1", ingress: {} } }],
  ["values-without-tls", { agent: { version: "1.0.4", values: { relay: { insecure: true } } } }],
  ["values-without-tls-1.1", { agent: { version: "1.1.0", values: { global: { insecure: true } } } }],
];

/** Arguments that cannot be, whatever the clusters are like. */
export const badArguments: readonly BadInput[] = [
  ...clusterNames,
  ...addresses,
  ...versions,
  ...names,
  ...numbers,
  ...kinds,
  ...contradictions.map(([name, args]) => ({ id: `contradiction/${name}`, args, codes: ["GMR008"] })),
  ...(["provider", "providers"] as const).map((passProvider) => ({
    id: `options/${passProvider}`,
    args: {},
    passProvider,
    codes: ["GMR005"],
  })),
];
