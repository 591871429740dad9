import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { type Certificate, certificateOf, isCertificate } from "../../../../components/certificates/certificate";
import { chainFault } from "../../../../components/certificates/chain";
import { pemBlocks } from "../../../../components/certificates/pem";
import { rootCertificateFault } from "../../../../components/certificates/rootCertificate";
import { certificateFacts, certificatesIn } from "../../../../components/certificates/x509";
import { validFor } from "../../../sandbox/relay";
import * as x509 from "../../../sandbox/x509";

// One test for each kind in which Go's verifier and OpenSSL's differ. test/oracle compares all kinds, in combinations, with Go itself.

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
type Keys = Awaited<ReturnType<typeof generate>>;

/** How an issued certificate differs from a plain one. */
interface Changes {
  readonly extensions?: readonly x509.Extension[];
  readonly ca?: { readonly pathLength?: number };
  readonly subject?: string;
  readonly keys?: Keys;
  readonly expired?: boolean;
}

interface Holder {
  readonly name: string;
  readonly keys: Keys;
  readonly certificate: Certificate;
}

function generate() {
  return crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

async function issue(name: string, issuer: Holder | undefined, changes: Changes = {}): Promise<Holder> {
  const keys = changes.keys ?? (await generate());
  const basic = changes.ca && new x509.BasicConstraintsExtension(true, changes.ca.pathLength, true);
  const made = await x509.X509CertificateGenerator.create({
    subject: changes.subject ?? `CN=${name}`,
    issuer: `CN=${issuer?.name ?? name}`,
    publicKey: keys.publicKey,
    signingKey: (issuer?.keys ?? keys).privateKey,
    signingAlgorithm: algorithm,
    ...validFor(1, new Date(Date.now() - (changes.expired ? 1e9 : 1e6))),
    extensions: [...(basic ? [basic] : []), ...(changes.extensions ?? [])],
  });
  const certificate = certificateOf(Buffer.from(made.rawData));
  assert.ok(isCertificate(certificate), name);
  return { name, keys, certificate };
}

const san = new x509.SubjectAlternativeNameExtension([{ type: "dns", value: "cluster-2" }]);
const usage = (id: string) => new x509.ExtendedKeyUsageExtension([id]);
const clientAuth = "1.3.6.1.5.5.7.3.2";
const serverAuth = "1.3.6.1.5.5.7.3.1";

let root: Holder;
let signing: Holder;
let leaf: Holder;
before(async () => {
  root = await issue("root", undefined, { ca: {} });
  signing = await issue("signing", root, { ca: {} });
  leaf = await issue("leaf", signing, { extensions: [san] });
});

function whyNot(
  { certificate }: Holder,
  intermediates: readonly Holder[] = [signing],
  roots: readonly Holder[] = [root],
): string | undefined {
  const [between, anchors] = [intermediates, roots].map((holders) => holders.map((one) => one.certificate));
  const question = { leaf: certificate, intermediates: between ?? [], roots: anchors ?? [], now: new Date() };
  return chainFault({ ...question, usage: "client" })?.why;
}

describe("Go refuses a client certificate", () => {
  test("whose extended key usage is another, or that of an issuer", async () => {
    assert.equal(
      whyNot(await issue("leaf", signing, { extensions: [san, usage(serverAuth)] })),
      "the extended key usage of CN=leaf does not include client authentication",
    );
    assert.equal(whyNot(await issue("leaf", signing, { extensions: [san, usage(clientAuth)] })), undefined);
    const limited = await issue("signing", root, { ca: {}, extensions: [usage(serverAuth)] });
    assert.match(whyNot(await issue("leaf", limited, { extensions: [san] }), [limited]) ?? "", /usage of CN=signing/);
  });

  test("below more intermediates than a path length allows", async () => {
    const short = await issue("short", undefined, { ca: { pathLength: 0 } });
    const between = await issue("between", short, { ca: {} });
    assert.equal(
      whyNot(await issue("leaf", between, { extensions: [san] }), [between], [short]),
      "CN=short allows a path length of 0, and 1 intermediates follow",
    );
  });

  test("whose name the name constraints of an issuer do not permit", async () => {
    // permittedSubtrees: the DNS name example.com
    const constraints = Buffer.from("3011a00f300d820b6578616d706c652e636f6d", "hex");
    const limited = await issue("limited", root, {
      ca: {},
      extensions: [new x509.Extension("2.5.29.30", true, constraints)],
    });
    assert.equal(
      whyNot(await issue("leaf", limited, { extensions: [san] }), [limited]),
      "the name constraints of CN=limited do not permit the name cluster-2",
    );
  });

  test("with a critical extension that Go does not know", async () => {
    const unknown = new x509.Extension("1.2.3.4", true, Buffer.from("0500", "hex"));
    assert.equal(
      whyNot(await issue("leaf", signing, { extensions: [san, unknown] })),
      "CN=leaf has a critical extension that Go does not know",
    );
  });

  test("that names its issuer in another form", async () => {
    const other = { ...signing, name: "Signing" };
    assert.equal(whyNot(await issue("leaf", other, { extensions: [san] })), "");
  });

  test("with more than 100 possible issuers, so that no bundle keeps the verifier busy", async () => {
    const keys = await generate();
    const crowd = await Promise.all(Array.from({ length: 101 }, () => issue("signing", root, { ca: {}, keys })));
    assert.equal(whyNot(leaf, [...crowd, signing]), "more than 100 certificates could be the issuer");
    assert.equal(whyNot(leaf, [...crowd.slice(0, 98), signing]), undefined);
  });
});

describe("Go accepts a client certificate", () => {
  test("whose key identifier is not its issuer's", async () => {
    const hint = await x509.AuthorityKeyIdentifierExtension.create((await generate()).publicKey);
    assert.equal(whyNot(await issue("leaf", signing, { extensions: [san, hint] })), undefined);
  });

  test("beside an expired intermediate of the same name and key", async () => {
    const { keys } = signing;
    const expired = await issue("signing", root, { ca: {}, keys, expired: true });
    assert.equal(whyNot(leaf, [expired, signing]), undefined);
    assert.match(whyNot(leaf, [expired]) ?? "", /^CN=signing expired on /);
  });

  test("without a subject, and its facts are its names", async () => {
    const nameless = await issue("leaf", signing, { subject: "", extensions: [san] });
    assert.equal(whyNot(nameless), undefined);
    const { subject, dnsNames } = certificateFacts(nameless.certificate);
    assert.deepEqual([subject, dnsNames], ["", ["cluster-2"]]);
  });

  test("of a root that is not self-signed", () => {
    assert.equal(whyNot(leaf, [], [signing]), undefined);
  });
});

describe("a root CA bundle", () => {
  const pem = ({ certificate }: Holder) =>
    `-----BEGIN CERTIFICATE-----\n${certificate.der.toString("base64")}\n-----END CERTIFICATE-----\n`;
  const unreadable = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

  test("is good with a leaf or an unreadable block beside a good root", () => {
    for (const bundle of [pem(leaf) + pem(root), unreadable + pem(root), pem(root) + unreadable]) {
      assert.equal(rootCertificateFault(bundle, new Date()), undefined);
    }
  });

  test("has no block behind a byte order mark, or with text on the line of its marker", () => {
    for (const bundle of [`\ufeff${pem(root)}`, pem(root).replace("-----\n", "----- x\n"), `x${pem(root)}`]) {
      assert.deepEqual(certificatesIn(bundle), { certificates: [], unreadable: 0 });
      assert.equal(certificatesIn(bundle + pem(root)).certificates.length, 1);
    }
    const others = [pem(root).replaceAll("\n", "\r\n"), `text\n${pem(root)}text`, pem(root).trimEnd()];
    for (const bundle of others) assert.equal(pemBlocks(bundle).length, 1);
  });
});
