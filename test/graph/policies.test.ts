import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import type { ResourceValidationArgs, ResourceValidationPolicy, StackValidationArgs } from "@pulumi/policy";
import { type IdentityMode, identityModes } from "../../components/glooMesh/modes";
import { certificateExpiry, connectedInProduction, noRetainedToken, policies, relayTls } from "../../policy/policies";
import { secret } from "../support/fakeKubeApi";
import { type ProgramResult, reveal, runProgram } from "./scenario";
import { startApi, startHub, token } from "./world";

// The policy pack judges the resources that registrations declare, by what Pulumi hands over of them: type, name, URN and inputs.

const component = "gloo-mesh-relay:index:GlooMeshRelayRegistration";
const version = "1.1.1";
/** A Secret that the user provides. */
const ownToken = "own-token";

async function declare(context: TestContext, args: object): Promise<ProgramResult> {
  const hub = await startHub(context);
  const remote = await startApi(context, "remote");
  const namespace = "/api/v1/namespaces/gloo-mesh";
  remote.store.put(namespace, { kind: "Namespace" });
  remote.store.put(`${namespace}/secrets/${ownToken}`, secret({ token }));
  const result = await runProgram({
    clusters: { management: hub.access, remote: remote.access },
    registrations: {
      "cluster-2": {
        management: "management",
        remote: "remote",
        args: { namespace: { create: false }, relay: { serverAddress: "127.0.0.1:1" }, agent: { version }, ...args },
      },
    },
  });
  assert.deepEqual(result.errors, []);
  return result;
}

/** What a policy reports of the resources, in a stack of this name. */
async function violations(
  policy: ResourceValidationPolicy,
  { resources }: ProgramResult,
  { stack = "dev", stacks = ["prod", "production"] } = {},
): Promise<string[]> {
  const reported: string[] = [];
  assert.ok(typeof policy.validateResource === "function");
  for (const { type, name, parent, inputs } of resources) {
    const qualified = parent === "cluster-2" ? `${component}$${type}` : type;
    const props = Object.fromEntries(Object.entries(inputs).map(([key, value]) => [key, reveal(value)]));
    const urn = `urn:pulumi:${stack}::mesh::${qualified}::${name}`;
    const args = { type, name, urn, props, getConfig: () => ({ stacks }) } as unknown as ResourceValidationArgs;
    await policy.validateResource(args, (message) => reported.push(message));
  }
  return reported;
}

describe("the policy pack", () => {
  const forbidden: Readonly<Partial<Record<IdentityMode, ResourceValidationPolicy>>> = {
    "retained-token": noRetainedToken,
    none: relayTls,
  };

  // simple-tls is of 2.x.
  for (const identity of identityModes.filter((mode) => mode !== "simple-tls")) {
    test(`with identity ${identity}: ${forbidden[identity]?.name ?? "nothing"} is violated`, async (context) => {
      const token = identity === "provided-token" ? { token: { secret: { name: ownToken } } } : {};
      const result = await declare(context, { identity, ...token });
      for (const policy of [relayTls, noRetainedToken]) {
        const expected = forbidden[identity] === policy ? 1 : 0;
        const found = await violations(policy, result);
        assert.equal(found.length, expected, found.join("\n"));
        for (const message of found) assert.match(message, /^cluster-2 /);
      }
    });
  }

  test("relay-tls knows the values of each version of the chart, and a provided agent by its proof", async (context) => {
    assert.equal(
      (await violations(relayTls, await declare(context, { identity: "none", agent: { version: "1.0.13" } }))).length,
      1,
    );
    const { resources, ...rest } = await declare(context, { identity: "none" });
    const provided = resources
      .filter(({ name }) => name !== "cluster-2-agent")
      .map((resource) => ({ ...resource, inputs: { ...resource.inputs, agentProvided: true } }));
    assert.equal((await violations(relayTls, { ...rest, resources: provided })).length, 1);
  });

  test("connected-in-production asks for that level in the stacks that it is configured for", async (context) => {
    const byAgent = await declare(context, {});
    const found = (stack: string) => violations(connectedInProduction, byAgent, { stack });
    assert.match((await found("prod"))[0] ?? "", /^cluster-2 is proven at the level "agent"/);
    assert.deepEqual([(await found("prod-eu")).length, await found("dev"), await found("products")], [1, [], []]);
    assert.equal((await violations(connectedInProduction, byAgent, { stack: "live", stacks: ["live"] })).length, 1);
    const connected = await declare(context, { proof: { level: "connected" } });
    assert.deepEqual(await violations(connectedInProduction, connected, { stack: "prod" }), []);
  });

  describe("certificate-expiry", () => {
    const inDays = (days: number) => new Date(Date.now() + days * 86_400_000 + 60_000).toISOString();
    const reported = async (certificates: unknown, type = component) => {
      const messages: string[] = [];
      const resources = [
        { type, name: "cluster-2", urn: "urn:pulumi:dev::mesh::a::cluster-2", props: { certificates } },
      ];
      const args = { resources, getConfig: () => ({ days: 30 }) } as unknown as StackValidationArgs;
      await certificateExpiry.validateStack(args, (message) => messages.push(message));
      return messages;
    };
    const certificate = (days: number) => ({ kind: "client", subject: "cluster-2", notAfter: inDays(days) });

    test("reports a certificate that expires within the configured days, or has expired", async () => {
      const messages = await reported([certificate(29), certificate(30), certificate(-2)]);
      assert.deepEqual(
        messages.map((message) => /in (-?\d+) days/.exec(message)?.[1]),
        ["29", "-2"],
      );
    });

    test("looks at no other resource, and at nothing that a preview does not know", async () => {
      assert.deepEqual(await reported([certificate(1)], "other:index:Component"), []);
      assert.deepEqual(await reported(undefined), []);
    });
  });

  test("has rules with names of their own", () => {
    assert.deepEqual(
      policies.map(({ name }) => name),
      ["relay-tls", "no-retained-token", "connected-in-production", "certificate-expiry"],
    );
  });
});
