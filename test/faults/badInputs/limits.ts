import { createHubCertificates } from "../../sandbox/relay";
import { secret } from "../../support/fakeKubeApi";
import type { BadInput } from "./badInput";

const label63 = "a".repeat(63);
const name253 = `${label63}.${"b".repeat(63)}.${"c".repeat(63)}.${"d".repeat(61)}`;
const root = "/api/v1/namespaces/gloo-mesh/secrets/relay-root-tls-secret";

/** Values at the very limit of what they may be: none of them is an error. */
export const limits: readonly BadInput[] = [
  { id: "cluster-name-of-1", args: { clusterName: "a" }, codes: [] },
  { id: "cluster-name-of-63", args: { clusterName: label63 }, codes: [] },
  { id: "cluster-name-of-digits", args: { clusterName: "0" }, codes: [] },
  { id: "namespace-of-63", args: { namespace: { name: label63 } }, codes: [] },
  { id: "secret-name-of-253", args: { token: { secret: { name: name253 } } }, codes: [] },
  { id: "secret-key-of-253", args: { token: { secret: { key: "k".repeat(253) } } }, codes: [] },
  { id: "port-1", args: { relay: { serverAddress: "relay.example.com:1" } }, codes: [] },
  { id: "port-65535", args: { relay: { serverAddress: "relay.example.com:65535" } }, codes: [] },
  { id: "host-of-253", args: { relay: { serverAddress: `${name253}:9900` } }, codes: [] },
  { id: "host-with-idn-encoded", args: { relay: { serverAddress: "xn--mnchen-3ya.example.com:9900" } }, codes: [] },
  { id: "host-ipv6", args: { relay: { serverAddress: "[2001:db8::1]:9900" } }, codes: [] },
  { id: "timeout-1", args: { proof: { timeoutSeconds: 1 } }, codes: [] },
  { id: "timeout-3600", args: { proof: { timeoutSeconds: 3600 } }, codes: [] },
  { id: "version-with-build", args: { agent: { version: "v1.0.4-rc.1+build.7" } }, codes: [] },
  // As an empty value of YAML gives it.
  {
    id: "nulls",
    args: {
      clusterDomain: null,
      managementNamespace: null,
      namespace: { name: null, create: null },
      relay: { serverAddress: "127.0.0.1:1", ingress: null, authority: null },
      agent: { version: "1.0.4", values: null, skipCrds: null },
      identity: null,
      rootCertificate: { source: { key: null }, provided: null },
      token: null,
      proof: { level: null, timeoutSeconds: null },
      checks: { ignore: null },
      selfRegistration: null,
    },
    codes: [],
  },
  {
    id: "ca-bundle-of-half-a-megabyte",
    args: {},
    codes: [],
    spoil: async (hub) => {
      const { root: authority } = await createHubCertificates();
      const bundle = authority.certificatePem.repeat(Math.ceil(500_000 / authority.certificatePem.length));
      hub.store.put(root, secret({ "ca.crt": bundle }));
    },
  },
];
