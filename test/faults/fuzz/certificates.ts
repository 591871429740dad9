import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import fc from "fast-check";
import { factsIn } from "../../../cli/report/registrationFacts";
import { certificateOf, isCertificate } from "../../../components/certificates/certificate";
import { judgeClientCertificate } from "../../../components/certificates/clientCertificate";
import { dueDates } from "../../../components/certificates/expiry";
import { clientExpiriesIn } from "../../../components/certificates/expiryList";
import { coversHost } from "../../../components/certificates/hostName";
import { rootCertificateFault } from "../../../components/certificates/rootCertificate";
import { certificateFacts, certificatesIn, fingerprintOf, fingerprintsOf } from "../../../components/certificates/x509";
import { isOfAnotherCluster } from "../../../components/glooMesh/liveCertificate";
import type { Secret } from "../../../components/kubernetes/objects";
import { contentChangedAt } from "../../../components/kubernetes/objects";
import { checkRootCertificateEnd } from "../../../components/preflight/hub/rootCertificateEnd";
import { createClientSecretData, createHubCertificates } from "../../sandbox/relay";
import { type Target, target } from "./target";
import { json, mutatedBytes, mutatedText, text } from "./values";

const clusterName = "cluster-2";
const place = { name: "relay-client-tls-secret", namespace: "gloo-mesh" };

/** Certificates that are good, and the pieces that bad ones are made of. */
async function makeCorpus() {
  const hub = await createHubCertificates();
  const [good, odd] = await Promise.all([
    createClientSecretData(hub, { clusterName }),
    createClientSecretData(hub, { clusterName, dnsNames: [`x, DNS:${clusterName}`, "*.a", "b c"], commonName: "a\nb" }),
  ]);
  const certificates = [good["tls.crt"], odd["tls.crt"], hub.root.certificatePem, hub.server.certificatePem];
  const ders = certificates.flatMap((pem) => certificatesIn(pem).certificates.map(({ der }) => der));
  return { hub, good, certificates, ders, keys: [good["tls.key"], odd["tls.key"]] };
}

let made: ReturnType<typeof makeCorpus> | undefined;
/** RSA keys are slow to make: once for the process. */
function corpus(): ReturnType<typeof makeCorpus> {
  made ??= makeCorpus();
  return made;
}

/** PEM that is good, damaged inside or outside of its encoding, of another kind, or no PEM at all. */
async function pem(): Promise<fc.Arbitrary<string>> {
  const { certificates, ders, keys } = await corpus();
  const block = (label: string, der: Buffer) =>
    `-----BEGIN ${label}-----\n${der.toString("base64").replace(/.{64}/g, "$&\n")}\n-----END ${label}-----\n`;
  const one = fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom(...certificates) },
    { weight: 6, arbitrary: mutatedBytes(ders).map((der) => block("CERTIFICATE", der)) },
    { weight: 1, arbitrary: fc.constantFrom(...keys) },
    { weight: 1, arbitrary: fc.constantFrom(...certificates, ...keys).chain(mutatedText) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 80 }).map((der) => block("CERTIFICATE", Buffer.from(der))) },
    { weight: 1, arbitrary: text(["-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----", "\nAAAA\n"]) },
  );
  return fc.array(one, { minLength: 1, maxLength: 3 }).map((all) => all.join(""));
}

function secretOf(data: Readonly<Record<string, string>>): Secret {
  const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString("base64")]);
  return { metadata: { name: place.name }, data: Object.fromEntries(encoded) };
}

/** What reads certificates and the Secrets that hold them. */
export const certificateTargets: readonly Target[] = [
  target(
    "certificate/judge",
    async () => {
      const { good, hub } = await corpus();
      const parts = await pem();
      const data = fc.record({
        "tls.crt": fc.oneof(parts, fc.constant(good["tls.crt"])),
        "tls.key": fc.oneof(parts, fc.constant(good["tls.key"])),
        "ca.crt": fc.oneof(parts, fc.constant(good["ca.crt"])),
      });
      const root = fc.oneof(parts, fc.constant(hub.root.certificatePem));
      return fc.tuple(data, root, fc.boolean(), fc.constant(good["tls.crt"]));
    },
    ([data, rootCertificate, chainToRoot, issued]) => {
      const expected = { clusterName, rootCertificate, chainToRoot, now: new Date() };
      const verdict = judgeClientCertificate(secretOf(data), expected);
      if (!verdict.accepted) return assert.doesNotMatch(verdict.fault, /PRIVATE KEY|-----/);
      // Whatever is accepted is the very certificate that the hub has issued: any change of it would break its signature.
      const [leaf] = certificatesIn(data["tls.crt"]).certificates;
      assert.equal(leaf && fingerprintOf(leaf), new X509Certificate(issued).fingerprint256);
      assert.ok(createPublicKey(createPrivateKey(data["tls.key"])).equals(new X509Certificate(issued).publicKey));
    },
    { inputs: 1500 },
  ),
  target(
    "certificate/secret-of-any-form",
    () => json(["data", "metadata", "tls.crt", "tls.key", "ca.crt"]),
    (data) => {
      const secret = { metadata: { name: "x" }, data } as unknown as Secret;
      judgeClientCertificate(secret, { clusterName, rootCertificate: "", chainToRoot: true, now: new Date() });
      isOfAnotherCluster(secret, clusterName);
      clientExpiriesIn(secret, clusterName, place, false);
    },
  ),
  target("certificate/root", pem, (value) => {
    const fault = rootCertificateFault(value, new Date());
    assert.ok(fault === undefined || !fault.includes("PRIVATE KEY"));
    checkRootCertificateEnd(value, "here", new Date());
    fingerprintsOf(value);
  }),
  target("certificate/expiry-in-secret", pem, (value) => {
    const secret = secretOf({ "tls.crt": value, "ca.crt": value });
    dueDates(clientExpiriesIn(secret, clusterName, place, false), new Date());
    isOfAnotherCluster(secret, clusterName);
  }),
  target(
    "certificate/host",
    async () => {
      const names = fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6(), text(["*", ".", "gloo-mesh", "*.gloo-mesh", "[::1]"]));
      return fc.tuple(mutatedBytes((await corpus()).ders), names);
    },
    ([der, host]) => {
      const certificate = certificateOf(der);
      if (!isCertificate(certificate)) return;
      coversHost(certificate, host);
      certificateFacts(certificate);
    },
  ),
  target(
    "certificate/due",
    () => {
      const notAfter = text(["2026-01-01T00:00:00Z", "9999", "+275760-09-13", "-271821-04-20"]);
      return notAfter.map((end) => ({ kind: "root", subject: "a", fingerprint: "b", where: "c", notAfter: end }));
    },
    (certificate) => dueDates(factsIn({ certificates: [certificate] }).certificates ?? [], new Date()),
  ),
  target(
    "certificate/changed-at",
    () =>
      fc.array(fc.record({ time: text(["2026-01-01T00:00:00Z"]), fieldsV1: fc.constantFrom({}, { "f:data": {} }) })),
    (managedFields) => contentChangedAt({ metadata: { name: "x", managedFields } }),
  ),
];
