import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { mask, maskCredentials } from "../../../../components/base/mask";

// Each form in which logs, answers and errors of others hold a secret, with short, word-like secrets where the form alone gives it away.

const jwt = "eyJhbGciOiJSUzI1NiIsImtpZCI6.eyJzdWIiOiJzeXN0ZW06c2VydmljZSJ9.Xb9aQz81KpW7tymN4cRf2LsV0eHgU61oJdI3xk";
const [head, claims, signature] = jwt.split(".") as [string, string, string];
const body = [
  "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj",
  "MzEfYyjiWA4R4/M2bS1GB4t7NXp98C3SC6dVMvDuictGeurT8jNbvJZHtCSuYEvu",
  "Q2hlY2s5",
];
const s = "hunter-two";

/** Whatever of the second must not come through of the first. */
const byForm: readonly (readonly [text: string, secret: string])[] = [
  // Names with values.
  ...[
    `token: ${s}`,
    `token=${s}`,
    `token = ${s}`,
    `token := ${s}`,
    `token => ${s}`,
    `TOKEN=${s}`,
    `relay_token=${s}`,
    `relayToken: ${s}`,
    `identity-token: ${s}`,
    `access_token=${s}`,
    `refresh_token: ${s}`,
    `id-token: ${s}`,
    `session token: ${s}`,
    `password=${s}`,
    `password: ${s}`,
    `Password : ${s}`,
    `dbpassword=${s}`,
    `PGPASSWORD=${s}`,
    `passwd=${s}`,
    `pwd=${s}`,
    `pass=${s}`,
    `DB_PASS=${s}`,
    `passphrase: ${s}`,
    `secret: ${s}`,
    `secret=${s}`,
    `APP_SECRET=${s}`,
    `client_secret=${s}`,
    `clientSecret: ${s}`,
    `api_key=${s}`,
    `apikey: ${s}`,
    `apiKey=${s}`,
    `secret_key=${s}`,
    `private_key=${s}`,
    `encryption-key: ${s}`,
    `AccountKey=${s}`,
    `SharedAccessKey=${s}`,
    `aws_access_key_id = ${s}`,
    `AWS_SECRET_ACCESS_KEY=${s}`,
    `aws_session_token=${s}`,
    `client-key-data: ${s}`,
    `credentials=${s}`,
    `sessionid=${s}`,
    `//registry.example.com/:_authToken=${s}`,
    `{Token:${s} Cluster:remote}`,
    `map[token:${s} cluster:remote]`,
    `token: !!str ${s}`,
    `token: |\n  ${s}`,
    `password: >- ${s}`,
    `token:\n  ${s}`,
    `token:(string) ${s}`,
    `<token>${s}</token>`,
    `<ns:password>${s}</ns:password>`,
    // In quotes, also escaped ones.
    `"token":"${s} and more ${s}"`,
    `"token" : "${s}`,
    `'password': '${s}'`,
    `{\\"token\\":\\"${s}\\"}`,
    `{\\\\\\"password\\\\\\":\\\\\\"${s}\\\\\\"}`,
    `token: "${s}"`,
    `token=\`${s}\``,
    `"auth": "${s}"`,
    `{"name":"GITHUB_TOKEN","value":"${s}"}`,
    `- name: DB_PASSWORD\n  value: ${s}`,
    `invalid token "${s}"`,
    `wrong password '${s}'`,
    `password ${s}2x9`,
    `machine example.com login me password ${s}7q`,
    // Flags.
    `--token ${s}`,
    `--token=${s}`,
    `--docker-password ${s}`,
    `--from-literal=token=${s}`,
    `kubectl --token "${s}" get pods`,
    `curl -u me:${s} example.com`,
    `curl --user 'me:${s}' example.com`,
    // Headers.
    `Authorization: ${s}`,
    `Authorization: Token ${s}`,
    `Authorization: Bearer ${s}`,
    `authorization: bearer ${s}`,
    `Authorization: Basic ${s}`,
    `Authorization: Digest username="me", response="${s}"`,
    `Authorization: ApiKey ${s}`,
    `Authorization: Negotiate ${s}`,
    `Authorization: AWS4-HMAC-SHA256 Credential=${s}/20261129/eu-west-1, Signature=${s}`,
    `Authorization:[Bearer ${s}] Accept:[*/*]`,
    `"Authorization": "Bearer ${s}"`,
    `"Authorization":["Bearer ${s}"]`,
    `Proxy-Authorization: Basic ${s}`,
    `curl -H 'Authorization: Token ${s}' https://example.com`,
    `Bearer ${s}`,
    `bearer%20${s}`,
    `Basic ${s}`,
    `Cookie: session=${s}; other=${s}`,
    `Set-Cookie: sid=${s}; Path=/; HttpOnly`,
    `X-API-Key: ${s}`,
    `x-api-key=${s}`,
    `X-Auth-Token: ${s}`,
    `X-Vault-Token: ${s}`,
    `PRIVATE-TOKEN: ${s}`,
    // URLs.
    `https://me:${s}@example.com/path`,
    `https://${s}@example.com/path`,
    `https://me:${s}/x@example.com/path`,
    `https://:${s}@example.com`,
    `postgres://me:${s}@db:5432/x`,
    `mongodb+srv://me:${s}@example.com`,
    `https://me:${s}`,
    `proxy me:${s}@proxy.example.com:3128`,
    `https://example.com/?token=${s}&x=y`,
    `https://example.com/?x=y&access_token=${s}`,
    `https://example.com/?sig=${s}`,
    `https://example.com/?X-Amz-Signature=${s}&x=y`,
    `https://example.com/?X-Amz-Security-Token=${s}`,
    `https://example.com/?key=${s}`,
    `https://example.com/cb?code=${s}&state=${s}`,
    `https://example.com/?u=https%3A%2F%2Fx%3Ftoken%3D${s}`,
    `"https://example.com/?token\\u003d${s}\\u0026x=y"`,
  ].map((text): readonly [string, string] => [text, s]),
  // Tokens with a known beginning, cut ones too.
  ...[
    "ghp_abcdef",
    "gho_abcdef",
    "github_pat_abcdef",
    "glpat-abcdef",
    "glrt-abcdef",
    "pul-abcdef",
    "xoxb-abcdef",
    "sk_live_abcdef",
    "AKIAABCDEFGHIJKLMNOP",
    "ASIAABCDEF",
    "AIzaabcdef",
    "ya29.abcdef",
    "hvs.abcdef",
    "npm_abcdef",
    "dckr_pat_abcdef",
    "SG.abcdef",
    "k8s-aws-v1.abcdef",
    "sha256~abcdef",
    "kubeconfig-user-x2x7k:abcdef",
    "abcdef.0123456789abcdef",
    "eyJhbGci",
    head,
    `${head}.${claims}`,
    `${claims}.${signature}`,
  ].map((secret): readonly [string, string] => [`sent ${secret} to the server`, secret]),
  // Key blocks, cut anywhere.
  ...[
    `-----BEGIN PRIVATE KEY-----\n${body.join("\n")}\n-----END PRIVATE KEY-----`,
    `-----BEGIN EC PRIVATE KEY-----\\n${body.join("\\n")}\\n-----END EC PRIVATE KEY-----`,
    `-----BEGIN PRIVATE KEY-----\n${body.join("\n")}`,
    `${body.join("\n")}\n-----END PRIVATE KEY-----`,
    `${body.join("\n")}\n-----END PRIV`,
    body.join("\n"),
    body.join("\\n"),
    `"tls.key": "${body.join("\\r\\n")}"`,
  ].map((text): readonly [string, string] => [text, body[2] ?? ""]),
];

/** Secrets that nothing gives away but themselves. */
const bare: readonly string[] = [
  "qzxvbnmkpwrtlsdf",
  "xkqjzvwpbgtmrdfhcn",
  "k3j9x2m7q4w8z1p6",
  "a8f3k2m9x7q1w5z0b4c6",
  "abcd1234efgh5678ijkl",
  "zq81ktp04mxv72lwc93yb",
  "hunter2hunter2hunter2",
  "0123456789abcdef",
  "DEADBEEF0123456789AB",
  "9f86d081884c7d659a2feaa0c55ad015",
  "dGhpcyBpcyBhIHRva2Vu",
  "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  "Xb9-aQz81-KpW_7ty-mN4cRf2-LsV0eHgU6",
  "123E4567-E89B-12D3-A456-426614174000",
  signature,
];

describe("masked in evidence", () => {
  for (const [text, secret] of byForm) {
    test(JSON.stringify(text), () => assert.ok(!mask(text)?.includes(secret), mask(text)));
  }
  for (const secret of bare) {
    test(secret, () =>
      assert.equal(mask(`the server got ${secret} from cluster-2`), "the server got *** from cluster-2"),
    );
  }
  test("there are at least 100 forms", () => assert.ok(byForm.length + bare.length >= 100));
});

describe("masked in our own messages, too, where the form gives it away", () => {
  for (const [text, secret] of byForm) {
    test(JSON.stringify(text), () => assert.ok(!maskCredentials(text).includes(secret), maskCredentials(text)));
  }
});

describe("readable as evidence", () => {
  const texts = [
    "enterprise-agent-7d9f8b6c54-x2x7k",
    "gke-cluster-default-pool-1a2b3c4d-x7k2",
    "ip-10-0-1-23.eu-west-1.compute.internal",
    "aks-agentpool1-16547133-vmss000001",
    "myaks-dns-1a2b3c4d.hcp.westeurope.azmk8s.io:443",
    "lookup a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6-1234567890.us-east-1.elb.amazonaws.com: no such host",
    "https://A1B2C3D4E5F6A1B2C3D4E5F6A1B2C3D4.gr7.eu-west-1.eks.amazonaws.com",
    "123456789012.dkr.ecr.us-east-1.amazonaws.com/gloo-mesh/enterprise-agent:1.0.4",
    "gcr.io/gloo-mesh/enterprise-agent:4f3c2a1b0e9d8c7b6a5f4e3d2c1b0a9f8e7d6c5b",
    "localhost:5000/enterprise-agent:1.0.4-rc1",
    `registry.example.com:5000/a/enterprise-agent:1.0.4@sha256:${"0123456789abcdef".repeat(4)}`,
    "istioingressgateway enterprisenetworking relayserveraddress",
    "validatingwebhookconfigurations.admissionregistration.k8s.io",
    "customresourcedefinitions.apiextensions.k8s.io",
    "clusterrolebindings.rbac.authorization.k8s.io is forbidden",
    "PULUMI_K8S_DELETE_UNREACHABLE=true",
    "MountVolume.SetUp failed for volume kube-api-access-x2x7k",
    'failed to read identity token: secrets "relay-identity-token-secret" not found',
    "Secret gloo-mesh/relay-identity-token-secret: no data for key token",
    "rpc error: code = Unauthenticated desc = invalid token: token is expired",
    "rpc error: code = Unauthenticated desc = identity token rejected",
    "failed to pull and unpack image: no basic auth credentials",
    "x509: certificate signed by unknown authority",
    "tls: private key does not match public key",
    'User "system:serviceaccount:gloo-mesh:enterprise-agent" cannot list resource "secrets" in API group "" in the namespace "gloo-mesh"',
    "fingerprint AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01",
    "dial tcp 10.0.0.1:6443: i/o timeout",
    "dial tcp [fd00::1234:5678:9abc:def0]:9900: connect: connection refused",
    "github.com/solo-io/gloo-mesh-enterprise/pkg/relay/client.go:123",
    "https://proxy.example.com:8443/path/user@example",
  ];
  for (const text of texts) test(text, () => assert.equal(mask(text), text));
});

describe("readable in our own messages", () => {
  const texts = [
    "another cluster: 123e4567-e89b-12d3-a456-426614174000 was registered",
    "root CA SHA-256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "kubectl --context prod-hub -n gloo-mesh delete secret relay-identity-token-secret",
    "Secret gloo-mesh/relay-identity-token-secret, key token",
    "check the key of the token Secret on both clusters; then run pulumi up again",
    "[token.secret.name] and [token.source] name the same Secret",
  ];
  for (const text of texts) test(text, () => assert.equal(maskCredentials(text), text));
});

test("a text of a megabyte takes no time that grows with its square", { timeout: 20_000 }, () => {
  for (const piece of ["://", "token", "token: ", "-", "-----BEGIN A-----", "a", "a:", '\\"', "<a", "aA1/", "name: "]) {
    assert.ok((mask(piece.repeat(1_000_000 / piece.length)) ?? "").length <= 300);
  }
});
