import { createPublicKey, generateKeyPairSync } from "node:crypto";
import {
  type CertificateAuthority,
  type ClientCertificateOptions,
  type ClientSecretData,
  createClientSecretData,
  createHubCertificates,
  createRootAuthority,
  createSigningAuthority,
  type HubCertificates,
  validFor,
} from "../../sandbox/relay";
import { generateKeys, issueLeaf, keyed } from "../../sandbox/relay/issuing";

const clusterName = "cluster-2";
const minute = 60 * 1000;
const long = 365;

/** What wrong certificates are made of. */
export interface Material {
  readonly hub: HubCertificates;
  /** Another hub, with names that are the same. */
  readonly foreign: HubCertificates;
  readonly good: ClientSecretData;
}

/** @param hub whose root CA the remote cluster was given */
export async function makeMaterial(hub: HubCertificates): Promise<Material> {
  return { hub, foreign: await createHubCertificates(), good: await createClientSecretData(hub, { clusterName }) };
}

type Data = Readonly<Record<string, string>>;
type Make = (material: Material) => Data | Promise<Data>;

const issued =
  (options: Partial<ClientCertificateOptions>): Make =>
  async ({ hub }) => ({ ...(await createClientSecretData(hub, { clusterName, ...options })) });
const changed =
  (changes: (good: ClientSecretData, material: Material) => Partial<ClientSecretData>): Make =>
  (material) => ({ ...material.good, ...changes(material.good, material) });
const withoutKey =
  (key: keyof ClientSecretData): Make =>
  ({ good }) =>
    Object.fromEntries(Object.entries(good).filter(([name]) => name !== key));
const from = (moment: number) => ({ validity: validFor(long, new Date(moment)) });
const until = (moment: number) => ({ validity: { notBefore: new Date(moment - 1e9), notAfter: new Date(moment) } });

/** A leaf that is signed by what is no CA, or not at all by others. */
async function signedBy(signer: CertificateAuthority, rest: string, hub: HubCertificates): Promise<Data> {
  const keys = await generateKeys();
  const leaf = await keyed(
    await issueLeaf(signer, keys.publicKey, {
      subject: [{ CN: [clusterName] }],
      dnsNames: [clusterName],
      validity: validFor(long),
    }),
    keys.privateKey,
  );
  return {
    "tls.crt": leaf.certificatePem + rest,
    "tls.key": leaf.privateKeyPem(),
    "ca.crt": hub.root.certificatePem,
  };
}

/** A certificate of a client, used as if it were a CA. */
async function asAuthority(hub: HubCertificates): Promise<CertificateAuthority> {
  const keys = await generateKeys();
  const certificate = await issueLeaf(hub.signing, keys.publicKey, {
    subject: [{ CN: ["cluster-3"] }],
    dnsNames: ["cluster-3"],
    validity: validFor(long),
  });
  return { certificate, signingKey: () => keys.privateKey, ...(await keyed(certificate, keys.privateKey)) };
}

/** One byte in the signature is another. */
function damaged(pem: string): string {
  const [first = "", ...rest] = pem.split(/(?<=-----END CERTIFICATE-----\n)/);
  const lines = first.split("\n");
  const last = lines.findIndex((line) => line.startsWith("-----END")) - 2;
  lines[last] = (lines[last] ?? "").replace(/^./, (letter) => (letter === "A" ? "B" : "A"));
  return [lines.join("\n"), ...rest].join("");
}

/** Data of Secrets that prove nothing, each wrong in one way. */
export const wrongCertificates: Readonly<Record<string, Make>> = {
  "foreign-ca": async ({ foreign }) => ({ ...(await createClientSecretData(foreign, { clusterName })) }),
  "foreign-ca-beside-the-present-root": async ({ hub, foreign }) => ({
    ...(await createClientSecretData(foreign, { clusterName, caPem: hub.root.certificatePem })),
  }),
  "foreign-ca-in-a-bundle-with-the-present-root": async ({ hub, foreign }) => ({
    ...(await createClientSecretData(foreign, {
      clusterName,
      caPem: foreign.root.certificatePem + hub.root.certificatePem,
    })),
  }),
  "foreign-ca-in-a-huge-bundle": async ({ foreign }) => ({
    ...(await createClientSecretData(foreign, { clusterName, caPem: foreign.root.certificatePem.repeat(400) })),
  }),
  "other-name": issued({ dnsNames: ["cluster-3"], commonName: clusterName }),
  "no-name-but-the-common-one": issued({ dnsNames: [] }),
  "name-with-more-behind": issued({ dnsNames: [`${clusterName}2`] }),
  "name-below-a-domain": issued({ dnsNames: [`${clusterName}.example.com`] }),
  "name-in-capitals": issued({ dnsNames: [clusterName.toUpperCase()] }),
  "name-by-wildcard": issued({ dnsNames: ["*"] }),
  "name-inside-of-another": issued({ dnsNames: [`x, DNS:${clusterName}, y`] }),
  expired: issued(until(Date.now() - 24 * 60 * minute)),
  "expired-a-minute-ago": issued(until(Date.now() - minute)),
  "not-yet-valid": issued(from(Date.now() + 24 * 60 * minute)),
  "not-yet-valid-for-six-minutes": issued(from(Date.now() + 6.5 * minute)),
  "key-of-another": issued({ mismatchedKey: true }),
  "key-of-another-kind": changed(() => ({
    "tls.key": generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }) as string,
  })),
  "key-encrypted": changed(() => ({
    "tls.key": generateKeyPairSync("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" },
    }).privateKey,
  })),
  "key-public": changed((good) => ({
    "tls.key": createPublicKey(good["tls.key"]).export({ type: "spki", format: "pem" }) as string,
  })),
  "certificate-missing": withoutKey("tls.crt"),
  "key-missing": withoutKey("tls.key"),
  "root-missing": withoutKey("ca.crt"),
  "certificate-empty": changed(() => ({ "tls.crt": "" })),
  "key-empty": changed(() => ({ "tls.key": "" })),
  "root-empty": changed(() => ({ "ca.crt": "" })),
  "all-white-space": () => ({ "tls.crt": " ", "tls.key": "\n", "ca.crt": "\t" }),
  "no-data": () => ({}),
  "certificate-half-written": changed((good) => ({ "tls.crt": good["tls.crt"].slice(0, 400) })),
  "key-half-written": changed((good) => ({ "tls.key": good["tls.key"].slice(0, 400) })),
  "root-half-written": changed((good) => ({ "ca.crt": good["ca.crt"].slice(0, 400) })),
  "certificate-and-key-exchanged": changed((good) => ({ "tls.crt": good["tls.key"], "tls.key": good["tls.crt"] })),
  "signature-damaged": changed((good) => ({ "tls.crt": damaged(good["tls.crt"]) })),
  "intermediate-missing": issued({ leafOnly: true }),
  "intermediate-expired": async ({ hub }) => {
    const signing = await createSigningAuthority(hub.root, until(Date.now() - minute));
    return { ...(await createClientSecretData({ ...hub, signing }, { clusterName })) };
  },
  "root-expired": async () => {
    const root = await createRootAuthority(until(Date.now() - minute));
    return {
      ...(await createClientSecretData({ root, signing: await createSigningAuthority(root) }, { clusterName })),
    };
  },
  "signed-by-another-client": async ({ hub }) => {
    const client = await asAuthority(hub);
    return signedBy(client, client.certificatePem + hub.signing.certificatePem, hub);
  },
  "of-the-relay-server": async ({ hub }) => ({
    "tls.crt": hub.server.certificatePem,
    "tls.key": hub.server.privateKeyPem(),
    "ca.crt": hub.root.certificatePem,
  }),
};

/** Certificates that are good although the clocks differ. */
export const goodCertificates: Readonly<Record<string, Make>> = {
  // By it the agent verifies the relay server, which may have another PKI than the agents (decision 0023).
  "root-of-another-pki-beside-it": changed((_, { foreign }) => ({ "ca.crt": foreign.root.certificatePem })),
  "hub-four-minutes-ahead": issued(from(Date.now() + 4 * minute)),
  "hub-ten-minutes-behind": issued(from(Date.now() - 10 * minute)),
  "ends-in-two-minutes": issued(until(Date.now() + 2 * minute)),
};
