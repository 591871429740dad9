import { KeyObject, webcrypto } from "node:crypto";
import type { Credential } from "../sandbox/controlplane/authority";
import * as x509 from "../sandbox/x509";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** An intermediate authority whose root nobody has, and a server certificate for 127.0.0.1 that it signed. */
export async function issueIntermediate(): Promise<{ intermediate: { cert: string }; leaf: Credential }> {
  const [root, middle, server] = await Promise.all([0, 1, 2].map(() => keys()));
  if (!root || !middle || !server) throw new Error("no keys");
  const dates = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 24 * 3600 * 1000) };
  const authority = [new x509.BasicConstraintsExtension(true, undefined, true)];
  const issue = (
    issuer: string,
    signingKey: webcrypto.CryptoKey,
    of: webcrypto.CryptoKeyPair,
    subject: string,
    extensions: x509.Extension[],
  ) =>
    x509.X509CertificateGenerator.create({
      issuer: `CN=${issuer}`,
      subject: `CN=${subject}`,
      signingKey,
      publicKey: of.publicKey,
      signingAlgorithm: algorithm,
      extensions,
      ...dates,
    });
  const intermediate = await issue("unknown root", root.privateKey, middle, "intermediate", authority);
  const leaf = await issue("intermediate", middle.privateKey, server, "server", [
    new x509.SubjectAlternativeNameExtension([{ type: "ip", value: "127.0.0.1" }]),
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
  ]);
  const key = KeyObject.from(server.privateKey).export({ type: "pkcs8", format: "pem" }).toString();
  return {
    intermediate: { cert: `${intermediate.toString("pem")}\n` },
    leaf: { cert: `${leaf.toString("pem")}\n`, key },
  };
}

function keys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}
