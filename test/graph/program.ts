// A Pulumi program in a process of its own, run with mocks: it declares what the scenario says and prints what the engine would
// have been asked, as JSON. Failures are part of the result, since Pulumi tells them as unhandled rejections.
import { writeSync } from "node:fs";
import { Provider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import * as mocks from "@pulumi/pulumi/runtime/mocks";
import {
  ClusterConnection,
  type ClusterConnectionArgs,
  GlooMeshRelayRegistration,
  type GlooMeshRelayRegistrationArgs,
} from "../../components";
import { isMap } from "../../components/base/json";
import type { ProgramResult, RecordedResource, Scenario } from "./scenario";

const scenario = JSON.parse(process.argv[2] ?? "") as Scenario;
const result: ProgramResult = {
  resources: [],
  outputs: {},
  secretOutputs: [],
  errors: [],
  failures: {},
  booked: [],
  warnings: [],
  infos: [],
};
/** As the SDK has it: until the stack's outputs are there. */
let isRunning = true;

/** The raw request tells what the mocks do not: parent, dependencies, provider, and which inputs are secret. */
interface RegisterRequest {
  getType(): string;
  getName(): string;
  getParent(): string;
  getCustom(): boolean;
  getProvider(): string;
  getDependenciesList(): string[];
  getObject(): { toJavaScript(): Record<string, unknown> };
  getAcceptsecrets(): boolean;
  getProtect(): boolean;
  getIgnorechangesList(): string[];
  getRetainondelete(): boolean;
}
type Register = (request: RegisterRequest, callback: unknown) => Promise<void>;

const monitor = mocks.MockMonitor.prototype as unknown as { registerResource: Register };
const register = monitor.registerResource;
monitor.registerResource = async function (request, callback) {
  result.resources.push(record(request));
  return register.call(this, request, callback);
};

function record(request: RegisterRequest): RecordedResource {
  const nameOf = (urn: string) => urn.split("::").at(3) ?? "";
  return {
    type: request.getType(),
    name: request.getName(),
    parent: nameOf(request.getParent()),
    provider: nameOf(request.getProvider()),
    dependencies: request.getDependenciesList().map(nameOf).sort(),
    inputs: request.getObject().toJavaScript(),
    options: {
      protect: request.getProtect(),
      retainOnDelete: request.getRetainondelete(),
      ignoreChanges: request.getIgnorechangesList(),
    },
  };
}

const seconds = { certificate: 1, agent: 0.5, token: 0, connection: 0 };

/** The client certificate, as its proof tells when it ends. */
const certificates = [
  {
    kind: "client",
    subject: "CN=cluster-2",
    fingerprint: "AB:CD",
    notAfter: "2027-01-01T00:00:00.000Z",
    where: "a Secret",
  },
];

const kubernetesClusterUid = "5f3c";

/** Outputs as the providers give them; in a preview nothing but the inputs is known. */
function outputsOf(type: string, inputs: Record<string, unknown>): Record<string, unknown> {
  switch (type.split(":").at(-1)) {
    case "KubernetesCluster":
      return { metadata: { ...(inputs["metadata"] as object), uid: kubernetesClusterUid } };
    case "Preparation":
      return { recoveries: scenario.recoveries ?? 0 };
    case "BootstrapToken":
      return { bootstraps: 1, writtenAt: "2026-01-01T00:00:00.000Z" };
    case "Release":
      return { status: { revision: 1 } };
    case "ClientCertificate":
      return {
        fingerprint: "AB:CD",
        serialNumber: "01",
        issuer: "CN=relay",
        notBefore: "2026-01-01T00:00:00.000Z",
        notAfter: "2027-01-01T00:00:00.000Z",
        proof: "agent",
        tokenExposureSeconds: 1.5,
        dnsNames: ["cluster-2"],
        seconds,
        certificates,
      };
    default:
      return {};
  }
}

async function main(): Promise<void> {
  const preview = scenario.preview ?? false;
  await mocks.setMocks(
    {
      call: () => ({}),
      newResource: ({ type, name, inputs }) =>
        preview
          ? {
              id: scenario.known ? `${name}-id` : undefined,
              // A resource with a reason is about to change: then the engine knows its inputs alone.
              state: scenario.known && !inputs["reason"] ? { ...inputs, ...outputsOf(type, inputs) } : inputs,
            }
          : { id: `${name}-id`, state: { ...inputs, ...outputsOf(type, inputs) } },
    },
    "project",
    "stack",
    preview,
  );
  pulumi.log.warn = async (message) => {
    result.warnings.push(message);
  };
  pulumi.log.info = async (message) => {
    result.infos.push(message);
  };
  pulumi.runtime.setConfig("project:unused", "x");
  const { nodeVersion } = scenario;
  if (nodeVersion) Object.defineProperty(process, "versions", { value: { ...process.versions, node: nodeVersion } });
  declare();
}

function declare(): void {
  const clusters = new Map<string, ClusterConnection>();
  for (const [name, { kubeconfig, context, unknown, secret }] of Object.entries(scenario.clusters)) {
    const given = secret ? pulumi.secret(kubeconfig) : kubeconfig;
    const found = unknown ? new NewCluster(name).kubeconfig : given;
    const args = {
      ...(found === undefined ? {} : { kubeconfig: found }),
      ...(context === undefined ? {} : { context }),
    } as ClusterConnectionArgs;
    clusters.set(name, new ClusterConnection(name, args));
  }
  const cluster = (given: unknown): ClusterConnection | ClusterConnectionArgs => {
    if (isMap(given) && "$cluster" in given) return given["$cluster"] as ClusterConnectionArgs;
    if (typeof given !== "string") return given as ClusterConnectionArgs;
    const name = given;
    const found = clusters.get(name);
    if (!found) throw new Error(`no cluster ${name} in the scenario`);
    return found;
  };
  const registrations = new Map<string, GlooMeshRelayRegistration>();
  for (const [name, declared] of Object.entries(scenario.registrations)) {
    const { management, remote, args, passProvider, aliases, dependsOn } = declared;
    const defaults = { relay: { serverAddress: "127.0.0.1:1" }, agent: { version: "v1.0.4" } };
    const given: GlooMeshRelayRegistrationArgs = {
      ...defaults,
      ...(revive(name, args ?? {}) as object),
      management: cluster(management),
      remote: cluster(remote),
    };
    const provider = passProvider ? new Provider("stray") : undefined;
    const registration = new GlooMeshRelayRegistration(name, given, {
      ...(provider && passProvider === "provider" ? { provider } : {}),
      ...(provider && passProvider === "providers" ? { providers: { kubernetes: provider } } : {}),
      ...(aliases ? { aliases: aliases.map((alias) => ({ name: alias })) } : {}),
      ...(dependsOn
        ? { dependsOn: [...registrations].flatMap(([key, one]) => (dependsOn.includes(key) ? [one] : [])) }
        : {}),
    });
    registrations.set(name, registration);
    if (scenario.ends) continue;
    void failureOf(registration.clusterName).then((message) => {
      if (message !== undefined) result.failures[name] = message;
    });
    pulumi
      .all([
        registration.clusterName,
        registration.proof,
        registration.agentVersion,
        registration.clusterIdentity,
        registration.certificates,
        registration.clientCertificate,
        registration.agent?.name,
        registration.namespace?.metadata.name,
      ])
      .apply(
        ([clusterName, proof, agentVersion, clusterIdentity, certificates, clientCertificate, agent, namespace]) => {
          const ends = certificates.map(({ kind, where }) => `${kind} in ${where}`);
          const facts = { clusterName, proof, agentVersion, clusterIdentity, certificates: ends };
          result.outputs[name] = { ...facts, clientCertificate, agent, namespace };
        },
      );
    for (const [key, output] of Object.entries({
      clusterName: registration.clusterName,
      relayServerAddress: registration.relayServerAddress,
      agentVersion: registration.agentVersion,
    })) {
      void pulumi.isSecret(output).then(
        (isSecret) => void (isSecret && result.secretOutputs.push(`${name} ${key}`)),
        () => undefined,
      );
    }
  }
  if (scenario.ends) void end(registrations.values());
}

/** A program whose outputs outlive a failure, as those of `index.ts`, ends with the last of them. */
async function end(registrations: Iterable<GlooMeshRelayRegistration>): Promise<void> {
  const outputs = (scenario.ends === "at once" ? [] : [...registrations]).map(({ proof }) =>
    pulumi.recover(proof, () => "failed"),
  );
  await new Promise<void>((resolve) => void pulumi.all(outputs).apply(() => resolve()));
  isRunning = false;
}

/** What an output fails with. Every Output has `promise` (@pulumi/pulumi, output.ts), but its types keep it to themselves. */
function failureOf(output: pulumi.Output<unknown>): Promise<string | undefined> {
  const { promise } = output as unknown as { readonly promise: () => Promise<unknown> };
  return promise().then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

/** Puts outputs in the place of the marks that stand for them, see {@link Scenario}. */
function revive(name: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => revive(name, one));
  if ("$unknown" in value) return new NewCluster(`${name}-${value.$unknown}`).kubeconfig;
  if ("$secret" in value) return pulumi.secret(value.$secret);
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, revive(name, one)]));
}

/** A cluster that the same program makes: its kubeconfig is unknown until then. */
class NewCluster extends pulumi.CustomResource {
  declare readonly kubeconfig: pulumi.Output<string>;
  constructor(name: string) {
    super("test:index:NewCluster", name, { kubeconfig: undefined });
  }
}

/** All of it: what process.stdout still holds when the process ends is lost, and a pipe takes only so much at a time. */
function print(text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(1, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
    }
  }
}

process.on("unhandledRejection", (error) => {
  book(error);
  const message = error instanceof Error ? error.message : String(error);
  if (!result.errors.includes(message)) result.errors.push(message);
});

/** Every resource has it (@pulumi/pulumi, resource.ts), but its types keep it to themselves. */
function nameOf(resource: pulumi.Resource | undefined): string | undefined {
  return (resource as unknown as { readonly __name?: string } | undefined)?.__name;
}

/** The SDK shows a ResourceError on its resource, unless the program has ended; each error once. */
const booked = new Set<unknown>();
function book(error: unknown): void {
  if (booked.has(error)) return;
  booked.add(error);
  const isOfResource = isRunning && pulumi.ResourceError.isInstance(error);
  const resource = isOfResource ? nameOf(error.resource) : undefined;
  const hidesStack = isOfResource && error.hideStack === true;
  const { message, stack = message } = error instanceof Error ? error : new Error(String(error));
  result.booked.push({ resource: resource ?? "stack", text: hidesStack ? message : stack });
}

process.on("exit", () => print(JSON.stringify(result)));
main().catch((error) => result.errors.push(error instanceof Error ? error.message : String(error)));
