import { mergeDeep } from "../../../components/base/json";
import { agentValues } from "../../../components/glooMesh/agentValues";
import { modesOf } from "../../../components/glooMesh/modes";
import { releaseMarkValue } from "../../../components/glooMesh/ownership";
import { readSecret, secretNames, writeSecret } from "../../sandbox/relay";
import type { SandboxCluster } from "../../sandbox/sandbox";
import { becomes } from "./agents";
import { connectedAgents, deleteSecret, makeNamespace, registeredOn } from "./clusters";
import { generation } from "./generation";
import { helmInstall } from "./helm";
import type { World } from "./world";

/** How somebody registered a cluster. */
export interface OthersRegistration {
  readonly clusterName: string;
  /** Default: the chart's usual one. */
  readonly releaseName?: string;
  /** Default: the sandbox's. With another one nothing answers, and the registration times out. */
  readonly serverAddress?: string;
  /** Names of the Secrets. Default: the vendor's. */
  readonly secrets?: { readonly root: string; readonly client: string };
  /** Laid over the values of the agent's chart. */
  readonly values?: object;
}

/**
 * Registers a cluster as meshctl 1.1 does (captured: shared/meshctl-1.1), in its order and with the real helm: labelled namespace, root CA, token,
 * KubernetesCluster, release; then it waits for the certificate and removes the token. Nothing carries a mark.
 */
export async function registerAsMeshctl(
  world: World,
  cluster: SandboxCluster,
  registration: OthersRegistration,
): Promise<void> {
  const { management } = world.sandbox;
  const { clusterName, serverAddress, secrets } = registration;
  const namespace = "gloo-mesh";
  await makeNamespace(cluster, namespace, { "istio-injection": "disabled" });
  const root = await readSecret(management.kubeConfig, { name: secretNames.root, namespace });
  const token = await readSecret(management.kubeConfig, { name: secretNames.identityToken, namespace });
  const rootName = secrets?.root ?? secretNames.root;
  await writeSecret(cluster.kubeConfig, { name: rootName, namespace }, { "ca.crt": root?.get("ca.crt") ?? "" });
  const tokenPlace = { name: secretNames.identityToken, namespace };
  await writeSecret(cluster.kubeConfig, tokenPlace, { token: token?.get("token") ?? "" });
  await registeredOn(management).create(clusterName);
  if (generation.crds) await helmInstall(world, cluster, [generation.crds.releaseName, generation.crds.chart]);
  const values = mergeDeep(valuesOf(world, registration, rootName), registration.values ?? {});
  await helmInstall(
    world,
    cluster,
    [registration.releaseName ?? generation.releaseName, generation.chart],
    leavesOf(values),
  );
  if (serverAddress !== undefined) return;
  const client = secrets?.client ?? secretNames.client;
  await becomes(async () => (await readSecret(cluster.kubeConfig, { name: client, namespace })) !== undefined, true);
  await becomes(() => connectedAgents(world.sandbox, clusterName), 1);
  await deleteSecret(cluster, secretNames.identityToken);
}

/** The values that meshctl 1.1 gives: all that it knows, defaults included. */
function valuesOf(
  { sandbox }: World,
  { clusterName, serverAddress = sandbox.relayAddress, secrets }: OthersRegistration,
  rootName: string,
): object {
  const namespace = "gloo-mesh";
  const settings = {
    clusterName,
    relay: { serverAddress, authority: `${generation.relayServer.name}.${namespace}` },
    agent: { version: sandbox.hub.version },
    rootCertificate: {
      source: { ...generation.rootSecret, namespace },
      secret: { name: rootName, namespace },
    },
    token: {
      source: { ...generation.tokenSecret, namespace },
      secret: { ...generation.tokenSecret, namespace },
    },
    clientCertificate: { secret: { name: secrets?.client ?? generation.clientSecret.name, namespace } },
  };
  const values = agentValues({ settings, modes: modesOf({}), mark: "" }, generation);
  const { [releaseMarkValue]: _, ...global } = values["global"] as Record<string, unknown>;
  return { ...values, global };
}

/** Helm's `--set` form: each value by its path. */
export function leavesOf(values: object, prefix = ""): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) =>
      typeof value === "object" && value !== null
        ? Object.entries(leavesOf(value, `${prefix}${key}.`))
        : [[`${prefix}${key}`, String(value)]],
    ),
  );
}
