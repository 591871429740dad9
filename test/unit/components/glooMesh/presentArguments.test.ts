import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { isMap } from "../../../../components/base/json";
import { agentValues } from "../../../../components/glooMesh/agentValues";
import type { ArgumentValues } from "../../../../components/glooMesh/argumentKinds";
import {
  type Generation,
  type GenerationName,
  generationNames,
  generations,
} from "../../../../components/glooMesh/generation";
import { identityModes, modesOf, type PlainArguments } from "../../../../components/glooMesh/modes";
import { type PresentRegistration, presentArguments } from "../../../../components/glooMesh/presentArguments";
import { settle, withDefaults } from "../../../../components/glooMesh/settings";

type Given = ArgumentValues & PlainArguments;

const discoveredFor = ({ versions }: Generation) => ({
  serverAddress: "discovered:9900",
  agentVersion: versions.example,
});
const mark = "urn:pulumi:stack::project::type::cluster-1";

/** Values of the agent's chart, with the mark of a registration that has these arguments. */
function valuesOf(args: Given, clusterName: string): Readonly<Record<string, unknown>> {
  const generation = generations[args.generation ?? "1.x"];
  const given = withDefaults({ ...args, clusterName }, args.selfRegistration ?? false, generation);
  const discovered = discoveredFor(generation);
  const found = {
    serverAddress: { value: given.relay.serverAddress ?? discovered.serverAddress },
    agentVersion: { value: given.agent.version ?? discovered.agentVersion },
  };
  const identity = { settings: settle(given, found), modes: modesOf(args), mark };
  return agentValues(identity, generation, { ...args.agent?.values });
}

/** What both clusters show of a registration with these arguments. */
function presentWith(args: Given, clusterName: string): PresentRegistration {
  const generation = generations[args.generation ?? "1.x"];
  const selfRegistration = args.selfRegistration ?? false;
  const discovered = discoveredFor(generation);
  const modes = modesOf(args);
  const { namespace, agent, managementNamespace } = withDefaults(
    { ...args, clusterName },
    selfRegistration,
    generation,
  );
  const { identity = "one-time-token" } = args;
  return {
    clusterName,
    generation,
    selfRegistration,
    managementNamespace,
    release: {
      name: agent.releaseName,
      namespace: namespace.name,
      chartName: agent.chart,
      chartVersion: agent.version ?? discovered.agentVersion,
      defaults: {},
      values: valuesOf(args, clusterName),
    },
    clusterDomain: args.clusterDomain,
    discovered,
    namespace: { isManaged: args.namespace?.create === false, isWithoutSidecars: modes.disableIstioInjection },
    secrets: {
      root: args.rootCertificate?.provided ? "managed" : modes.copyRoot ? "present" : "missing",
      token: ({ retained: "present", provided: "managed", temporary: "missing", none: "missing" } as const)[
        modes.token
      ],
      client: identity === "provided-certificate" ? "managed" : "present",
    },
    isConnected: true,
    crds:
      generation.crds && modes.installCrds
        ? { installEnterpriseCrds: args.crds?.installEnterpriseCrds ?? true }
        : undefined,
  };
}

/** Strings that are no default. */
const name = fc.stringMatching(/^x[a-z0-9]{12}$/);
const partly = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(model, { requiredKeys: [] });
const place = partly({ name, namespace: name });
const userValues = fc.dictionary(
  fc.string({ minLength: 1 }).filter((key) => key !== "__proto__"),
  fc.jsonValue({ maxDepth: 3 }).filter((value) => value !== null),
  { minKeys: 1 },
);

/** Arguments that do not contradict each other; of each generation and every identity. */
function argumentsOf(generation: GenerationName): fc.Arbitrary<Given> {
  const isFirst = generation === "1.x";
  const version = fc.integer({ min: 0, max: 9 }).map((patch) => (isFirst ? `1.2.${patch}` : `2.9.${patch}`));
  return fc
    .record({
      identity: fc.constantFrom(...identityModes.filter((mode) => !(isFirst && mode === "simple-tls"))),
      shared: partly({
        clusterDomain: name,
        managementNamespace: name,
        namespace: partly({ name, create: fc.constant(false), disableIstioInjection: fc.constant(true) }),
        relay: partly({ serverAddress: name.map((host) => `${host}:9900`), authority: name }),
        agent: partly({ version, releaseName: name, chart: name, values: userValues }),
        ...(isFirst
          ? {}
          : { crds: fc.constantFrom({ install: false }, { installEnterpriseCrds: false }) as fc.Arbitrary<object> }),
      }),
      root: partly({ secret: place, provided: fc.constant(true) }),
      token: partly({ secret: partly({ name, namespace: name, key: name }) }),
      client: partly({ secret: place }),
    })
    .map(({ identity, shared, root, token, client }): Given => {
      const copies = identity !== "none" && identity !== "provided-certificate";
      const isSimple = identity === "simple-tls";
      const { namespace: _, ...ofOwnNamespace } = token.secret ?? {};
      return compact({
        ...(isFirst ? {} : { generation }),
        ...(identity === "one-time-token" ? {} : { identity }),
        ...shared,
        ...(copies ? { rootCertificate: root, token: isSimple ? { secret: ofOwnNamespace } : token } : {}),
        ...(identity === "none" || isSimple ? {} : { clientCertificate: client }),
      }) as Given;
    });
}

/** The same without maps that hold nothing, but for the user's values. */
function compact(args: object): object {
  return Object.fromEntries(
    Object.entries(args).flatMap(([key, value]) => {
      const inner = isMap(value) && key !== "values" ? compact(value) : value;
      return isMap(inner) && key !== "values" && Object.keys(inner).length === 0 ? [] : [[key, inner]];
    }),
  );
}

const clusterName = "cluster-1";

describe("the arguments of a present registration", () => {
  for (const generation of generationNames) {
    test(`of ${generation} are those that it was created with`, () => {
      fc.assert(
        fc.property(argumentsOf(generation), (args) => {
          const { given, changedValues } = presentArguments(presentWith(args, clusterName));
          assert.deepEqual(structuredClone(given), structuredClone(args));
          assert.deepEqual(changedValues, []);
        }),
      );
    });

    test(`of ${generation} give the chart the values that it has, and nothing but the mark`, () => {
      const anyValues = fc.dictionary(
        fc.constantFrom("relay", "global", "common", "glooAgent", "other"),
        fc.dictionary(fc.constantFrom("relay", "cluster", "tokenSecret", "verbose", "extraEnvs", "x"), fc.jsonValue()),
      );
      fc.assert(
        fc.property(argumentsOf(generation), anyValues, (args, values) => {
          const present = presentWith({ ...args, agent: { ...args.agent, values } }, clusterName);
          const { glooMeshRelayRegistration: _, ...global } = present.release.values["global"] as Record<
            string,
            unknown
          >;
          const unmarked = { ...present.release.values, global };
          const { given } = presentArguments({ ...present, release: { ...present.release, values: unmarked } });
          const after = valuesOf(given as Given, clusterName);
          assert.deepEqual(structuredClone(after), structuredClone(present.release.values));
        }),
      );
    });
  }

  test("of an agent whose token is a literal are those of simple TLS, without the literal", () => {
    const args: Given = { generation: "2.x", identity: "simple-tls" };
    const present = presentWith(args, clusterName);
    const { extraEnvs: _, ...glooAgent } = present.release.values["glooAgent"] as Record<string, unknown>;
    const extraEnvs = { RELAY_TOKEN: { value: "literal" }, VERBOSE: { value: "1" } };
    const values = { ...present.release.values, glooAgent: { ...glooAgent, extraEnvs } };
    const { given, changedValues } = presentArguments({ ...present, release: { ...present.release, values } });
    const kept = { glooAgent: { extraEnvs: { VERBOSE: { value: "1" } } } };
    assert.deepEqual(structuredClone(given), { ...args, agent: { values: kept } });
    const variable = "glooAgent.extraEnvs.RELAY_TOKEN";
    const reference = `${variable}.valueFrom.secretKeyRef`;
    assert.deepEqual(changedValues, [`${variable}.value`, `${reference}.key`, `${reference}.name`]);
  });
});
