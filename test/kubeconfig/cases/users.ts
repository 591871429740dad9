import { createPrivateKey } from "node:crypto";
import type { World } from "../world";
import { base64, type KubeconfigCase, refusedAs, userCase } from "./kubeconfigCase";

const pair = (w: World) => ({
  "client-certificate-data": base64(w.client.cert),
  "client-key-data": base64(w.client.key),
});

function encrypted(key: string): string {
  return createPrivateKey(key)
    .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" })
    .toString();
}

export const userCases: readonly KubeconfigCase[] = [
  userCase("token", (w) => ({ token: w.token })),
  userCase("token, rejected", () => ({ token: "token-of-nobody" }), refusedAs(/^GMR115 /)),
  userCase(
    "token with a newline",
    (w) => ({ token: `${w.token}\n` }),
    refusedAs(/^GMR104 .*the token of the kubeconfig's user holds a character/),
  ),
  userCase("token that is a number", () => ({ token: 12345 }), refusedAs(/^GMR102 .*token is not a string/)),
  userCase("token with a letter beyond ASCII", () => ({ token: "tökèn" }), refusedAs(/^GMR115 /)),
  userCase("tokenFile", (w) => ({ tokenFile: w.file("token", w.token) })),
  userCase("tokenFile with a newline, relative", (w) => {
    w.file("token-nl", `${w.token}\n`);
    return { tokenFile: "token-nl" };
  }),
  userCase(
    "tokenFile, missing",
    () => ({ tokenFile: "none" }),
    refusedAs(/^GMR104 .*token file .*none of the kubeconfig's user cannot be read \(ENOENT\)/),
  ),
  userCase("tokenFile, empty", (w) => ({ tokenFile: w.file("token-empty", "") }), refusedAs(/^GMR104 .*is empty/)),
  userCase(
    "tokenFile, only a newline",
    (w) => ({ tokenFile: w.file("token-blank", "\n") }),
    refusedAs(/^GMR104 .*is empty/),
  ),
  userCase("tokenFile, a folder", (w) => ({ tokenFile: w.folder }), refusedAs(/^GMR104 .*EISDIR/)),
  userCase("tokenFile before token", (w) => ({ tokenFile: w.file("token-first", w.token), token: "token-of-nobody" })),
  userCase("tokenFile, missing, beside token", (w) => ({ tokenFile: "none", token: w.token })),
  userCase("username and password", () => ({ username: "ann", password: "pw" })),
  userCase("username and password, rejected", () => ({ username: "ann", password: "no" }), refusedAs(/^GMR115 /)),
  userCase(
    "password and token",
    (w) => ({ username: "ann", password: "pw", token: w.token }),
    refusedAs(/^GMR104 .*only one/),
  ),
  userCase("client certificate as data", pair),
  userCase("client certificate as files", (w) => ({
    "client-certificate": w.file("ann.crt", w.client.cert),
    "client-key": w.file("ann.key", w.client.key),
  })),
  userCase("client certificate as a file, key as data", (w) => ({
    "client-certificate": w.file("ann1.crt", w.client.cert),
    "client-key-data": base64(w.client.key),
  })),
  userCase("client certificate behind other words", (w) => ({
    ...pair(w),
    "client-certificate-data": base64(`Certificate of ann\n${w.client.cert}`),
  })),
  userCase("client key in the form of SEC 1", (w) => ({
    ...pair(w),
    "client-key-data": base64(createPrivateKey(w.client.key).export({ type: "sec1", format: "pem" }).toString()),
  })),
  userCase(
    "client certificate without a key",
    (w) => ({ ...pair(w), "client-key-data": undefined }),
    refusedAs(/^GMR104 .*without a client-key/),
  ),
  userCase("client key without a certificate", (w) => ({
    ...pair(w),
    "client-certificate-data": undefined,
    token: w.token,
  })),
  userCase(
    "client certificate, missing file",
    (w) => ({ "client-certificate": "none.crt", "client-key": w.file("ann2.key", w.client.key) }),
    refusedAs(/^GMR104 .*client-certificate .*none\.crt of the kubeconfig cannot be read \(ENOENT\)/),
  ),
  userCase(
    "client key, missing file",
    (w) => ({ "client-certificate": w.file("ann2.crt", w.client.cert), "client-key": "none.key" }),
    refusedAs(/^GMR104 .*client-key .*none\.key of the kubeconfig cannot be read \(ENOENT\)/),
  ),
  userCase(
    "client key, encrypted",
    (w) => ({ ...pair(w), "client-key-data": base64(encrypted(w.client.key)) }),
    refusedAs(/^GMR104 .*client key .*is encrypted/),
  ),
  userCase(
    "client key, foreign",
    (w) => ({ ...pair(w), "client-key-data": base64(w.foreignClient.key) }),
    refusedAs(/^GMR104 .*does not belong to the client certificate/),
  ),
  userCase(
    "client key that is no key",
    (w) => ({ ...pair(w), "client-key-data": base64("no key") }),
    refusedAs(/^GMR104 .*not a private key/),
  ),
  userCase(
    "client certificate that is none",
    (w) => ({ ...pair(w), "client-certificate-data": base64("none") }),
    refusedAs(/^GMR104 .*not a certificate/),
  ),
  userCase(
    "client certificate of a foreign authority",
    (w) => ({
      "client-certificate-data": base64(w.foreignClient.cert),
      "client-key-data": base64(w.foreignClient.key),
    }),
    refusedAs(/^GMR115 /),
  ),
  userCase(
    "client certificate as data and as a file",
    (w) => ({ ...pair(w), "client-certificate": w.file("ann3.crt", w.client.cert) }),
    refusedAs(/^GMR104 .*both given/),
  ),
  userCase("client certificate and token", (w) => ({ ...pair(w), token: w.token })),
  userCase("client certificate and password", (w) => ({ ...pair(w), username: "ann", password: "pw" })),
  userCase("client certificate and tokenFile", (w) => ({ ...pair(w), tokenFile: w.file("token-beside", w.token) })),
  userCase("as", (w) => ({ token: w.token, as: "bob" })),
  userCase("as, as-uid, as-groups and as-user-extra", (w) => ({
    token: w.token,
    as: "bob",
    "as-uid": "4711",
    "as-groups": ["dev", "ops"],
    "as-user-extra": { reason: ["audit", "night"], "example.com/scope %": ["a"], Ümlaut: ["ü"] },
  })),
  userCase(
    "as-groups without as",
    (w) => ({ token: w.token, "as-groups": ["dev"] }),
    refusedAs(/^GMR104 .*without as/),
  ),
  userCase("as with a line break", (w) => ({ token: w.token, as: "bob\nx" }), refusedAs(/^GMR104 .*holds a character/)),
  userCase(
    "as-groups that is a string",
    (w) => ({ token: w.token, as: "bob", "as-groups": "dev" }),
    refusedAs(/^GMR102 .*as-groups is not a list/),
  ),
  userCase("no credentials", () => ({}), refusedAs(/^GMR115 /)),
  userCase("auth-provider gcp", () => ({ "auth-provider": { name: "gcp" } }), refusedAs(/^GMR104 .*auth-provider gcp/)),
  userCase(
    "auth-provider oidc without a token",
    () => ({
      "auth-provider": { name: "oidc", config: { "client-id": "a", "idp-issuer-url": "https://127.0.0.1:1" } },
    }),
    refusedAs(/^GMR104 .*oidc/),
  ),
];
