import { strict as assert } from "node:assert";
import { describe, test } from "node:test";
import { parseAgentArguments } from "../../../sandbox/relay/agentArguments";

const REQUIRED = ["--relay-address=127.0.0.1:9900", "--cluster=cluster-2"];

describe("command line of the relay agent", () => {
  test("an empty namespace means the agent's own, and names have the product's defaults", () => {
    const args = parseAgentArguments([...REQUIRED, "--relay-root-cert-secret-namespace="], "agents");
    assert.deepEqual(args, {
      relayAddress: "127.0.0.1:9900",
      relayAuthority: "enterprise-networking.gloo-mesh",
      cluster: "cluster-2",
      insecure: false,
      clientCertificate: { name: "relay-client-tls-secret", namespace: "agents" },
      rootCertificate: { name: "relay-root-tls-secret", namespace: "agents" },
      identityToken: { name: "relay-identity-token-secret", namespace: "agents", key: "token" },
    });
  });

  test("given names win and unknown arguments are left to others", () => {
    const own = ["--relay-identity-token-secret-name=t", "--relay-identity-token-secret-key=k", "--verbose", "plain"];
    const args = parseAgentArguments([...REQUIRED, "--relay-insecure=true", ...own], "agents");
    assert.equal(args.insecure, true);
    assert.deepEqual(args.identityToken, { name: "t", namespace: "agents", key: "k" });
  });

  test("address and cluster are required", () => {
    assert.throws(() => parseAgentArguments(["--cluster=c", "--relay-address="], "agents"), /--relay-address/);
    assert.throws(() => parseAgentArguments(["--relay-address=a:1"], "agents"), /--cluster/);
  });
});
