import { cleanLine } from "../../../components/base/foreignText";
import { formatProblem } from "../../../components/base/problems";
import { countOf, readMetrics } from "../../../components/glooMesh/connectedAgents";
import { type HelmRelease, readRelease } from "../../../components/glooMesh/helmRelease";
import { type PresentRegistration, presentArguments } from "../../../components/glooMesh/presentArguments";
import { describeAccess } from "../../../components/kubernetes/access";
import type { KubernetesClient } from "../../../components/kubernetes/client";
import { helm } from "../../../components/kubernetes/commands";
import { unlessRefused } from "../../../components/kubernetes/errors";
import { type KubernetesObject, paths, type Secret, type SecretPlace } from "../../../components/kubernetes/objects";
import { discoverRelayAddress } from "../../../components/preflight/discovery/serverAddress";
import { readServerDeployment, serverVersionOf } from "../../../components/preflight/discovery/serverVersion";
import { registeredClusters } from "../../../components/preflight/hub/inspectHub";
import type { Side } from "../../../components/preflight/request";
import { type DetectedRegistration, detectRegistration } from "../detectedRegistration";
import type { DoctorOptions } from "../doctorOptions";
import { attempt } from "../liveChecks";
import { hideSecrets } from "./hiddenValues";
import { isManaged, presentState } from "./presentState";
import type { PrintedRegistration } from "./printedRegistration";

/** A registration that cannot be printed, and why: a clause. */
export interface Unprinted {
  readonly clusterName: string;
  readonly why: string;
}

/** Reads the present registration of one cluster, and the arguments that reproduce it. Reads only. */
export async function readPresent(
  options: DoctorOptions,
  management: Side,
  remote: Side,
): Promise<PrintedRegistration | Unprinted> {
  const [hub, own] = await Promise.all(
    [management, remote].map(({ cluster, access }) => attempt(cluster.readIdentity(access))),
  );
  const failed = [...(hub?.findings ?? []), ...(own?.findings ?? [])].map(formatProblem);
  const clusterName = options["cluster-name"] ?? options.remote.context ?? "";
  if (failed.length > 0) return { clusterName, why: failed.join("; ") };
  const identities = { management: hub?.value, remote: own?.value };
  const detected = await detectRegistration(management, remote, identities, options);
  const { settings, release, findings } = detected;
  const refuse = (why: string): Unprinted => ({ clusterName: settings.clusterName, why });
  if (findings.length > 0) return refuse(findings.map(formatProblem).join("; "));
  if (!release) return refuse(`${describeAccess(remote.access)} has no Helm release of an agent`);

  const present = await readState(management, remote, detected, release);
  const { given, changedValues } = presentArguments(present);
  const { name, namespace } = present.release;
  return {
    clusterName: settings.clusterName,
    remote: remote.access,
    given: hideValues({ takeOver: detected.owner ?? true, ...withOptions(given, options) }),
    comments: [...ownerNote(detected.owner), changeNote(changedValues)].map((comment) => cleanLine(comment)),
    valuesCommand: helm(remote.access, namespace, "get", "values", name),
  };
}

function ownerNote(owner: string | undefined): readonly string[] {
  return owner === undefined
    ? []
    : [`belongs to the registration ${owner}: first take it out of the state of its stack`];
}

function changeNote(changedValues: readonly string[]): string {
  if (changedValues.length === 0) return "the agent's chart gets the values that it has: no restart";
  return `the agent's chart gets other values than now, at most one restart: ${changedValues.join(", ")}`;
}

/** Arguments that leave no trace on the clusters, as the options give them. */
function withOptions(given: Readonly<Record<string, unknown>>, options: DoctorOptions) {
  const repository = options["chart-repository"];
  return {
    ...given,
    ...(repository === undefined ? {} : { agent: { repository, ...(given["agent"] as object | undefined) } }),
    ...(options["no-chain-to-root"] ? { proof: { chainToRoot: false } } : {}),
  };
}

/** Only the values of the chart may hold secrets: names and addresses have been validated. */
function hideValues(given: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { values, ...agent } = (given["agent"] ?? {}) as Readonly<Record<string, unknown>>;
  if (values === undefined) return given;
  return { ...given, agent: { ...agent, values: hideSecrets(values, ["agent", "values"]) } };
}

async function readState(
  management: Side,
  remote: Side,
  detected: DetectedRegistration,
  release: HelmRelease,
): Promise<PresentRegistration> {
  const { settings, generation } = detected;
  const { clusterName, managementNamespace } = settings;
  const onHub = <T>(what: string, read: (client: KubernetesClient) => Promise<T>): Promise<T | undefined> =>
    unlessRefused(management.cluster.lookUp(management.access, `${what} of ${generation.name}`, read));
  const find = <T extends KubernetesObject>(path: string): Promise<T | undefined> =>
    unlessRefused(remote.cluster.lookUp(remote.access, `find ${path}`, (client) => client.find<T>(path)));
  const secretAt = ({ secret }: { readonly secret: SecretPlace }) =>
    find<Secret>(paths.secret(secret.namespace, secret.name));
  const { name: namespace } = settings.namespace;
  const [address, version, metrics, kubernetesClusters = [], namespaceObject, root, token, certificate, crds] =
    await Promise.all([
      onHub("discovered address", (hub) => discoverRelayAddress(hub, { namespace: managementNamespace, generation })),
      onHub("discovered version", async (hub) => {
        const deployment = await readServerDeployment(hub, managementNamespace, generation);
        return serverVersionOf(deployment, hub, managementNamespace, generation);
      }),
      onHub("metrics", (hub) => readMetrics(hub, managementNamespace, generation)),
      unlessRefused(registeredClusters(management, managementNamespace, generation)),
      find(paths.namespace(namespace)),
      secretAt(settings.rootCertificate),
      secretAt(settings.token),
      secretAt(settings.clientCertificate),
      generation.crds && readCrds(remote, namespace, generation.crds.releaseName),
    ]);
  return {
    ...presentState(
      detected,
      release,
      { namespace: namespaceObject, root, token, certificate },
      kubernetesClusters,
      metrics && countOf(metrics, clusterName).connected,
    ),
    discovered: { serverAddress: address?.value, agentVersion: version?.value },
    crds,
  };
}

/** Values of the Helm release of the CRDs; undefined where there is none, or one that a tool would restore. */
async function readCrds({ cluster, access }: Side, namespace: string, name: string) {
  const release = await unlessRefused(cluster.lookUp(access, "CRDs", (client) => readRelease(client, namespace, name)));
  const isPresent = release !== undefined && release.status !== "uninstalled" && !isManaged(release);
  return isPresent ? release.content.values : undefined;
}
