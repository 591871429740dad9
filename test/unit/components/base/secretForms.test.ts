import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { mask, maskCredentials } from "../../../../components/base/mask";
import { byForm, jwt } from "../../../support/secretForms";

const signature = jwt.split(".")[2] ?? "";

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
    "open /etc/relay/tls.key: permission denied",
    "references non-existent secret key: ca.crt",
    "no matches for kind Role in rbac.authorization, check the version",
    "bearer: the token is expired",
    'User "system:serviceaccount:gloo-mesh:enterprise-agent" cannot list resource "secrets" in API group "" in the namespace "gloo-mesh"',
    "fingerprint AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01",
    "dial tcp 10.0.0.1:6443: i/o timeout",
    "dial tcp [fd00::1234:5678:9abc:def0]:9900: connect: connection refused",
    "github.com/solo-io/gloo-mesh-enterprise/pkg/relay/client.go:123",
    "https://gateway.example.com:8443/path/user@example",
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
  for (const piece of [
    "://",
    "token",
    "token: ",
    "-",
    "-----BEGIN A-----",
    "a",
    "a:",
    '\\"',
    "<a",
    "aA1/",
    "name: ",
    "://a",
  ]) {
    const text = piece.repeat(1_000_000 / piece.length);
    assert.ok((mask(text) ?? "").length <= 300);
    assert.ok(maskCredentials(text).length <= 8192);
  }
});
