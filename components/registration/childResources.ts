import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace";
import { Secret } from "@pulumi/kubernetes/core/v1/secret";
import { Release } from "@pulumi/kubernetes/helm/v3/release";
import * as pulumi from "@pulumi/pulumi";
import { agentValues } from "../glooMesh/agentValues";
import { chartSource } from "../glooMesh/chartSource";
import { defaultGeneration } from "../glooMesh/generation";
import { readRevisionUid } from "../glooMesh/helmRelease";
import { readToken } from "../glooMesh/hubSecrets";
import { fieldManagerOf } from "../glooMesh/mark";
import { copiesToken, type Modes, ownsClientSecret, proofLevelOf } from "../glooMesh/modes";
import {
  clusterIdentityAnnotation,
  incarnationKey,
  istioInjection,
  leaveRunningAnnotation,
  registrationAnnotation,
  releaseMarkValue,
} from "../glooMesh/ownership";
import { reasonIdOf } from "../glooMesh/reasons";
import { type ReleaseNoun, recoveriesIn, releaseDescription } from "../glooMesh/releaseMark";
import type { SecretPlaces, Settings } from "../glooMesh/settings";
import type { KubernetesObject, SecretPlace } from "../kubernetes/objects";
import type { AgentArgs } from "./arguments";
import type { Checked, RegistrationContext } from "./context";
import { BootstrapToken, ClientCertificate, Preparation } from "./dynamicResources";
import { deletedAlone, uninstalledFirst } from "./resourceTransforms";
import { knownInPreview } from "./unknownOutputs";

// The child resources of a registration, one function each, in their order. docs/engineering/architecture.md gives the reasons for the order.
// Each resource type is imported from its own file, since the index of @pulumi/kubernetes loads 120 others.

/**
 * Pulumi's Kubernetes provider deletes by name, also what a newer resource has taken over since. The preparation, which Pulumi deletes last, deletes these
 * objects instead: docs/decisions/0027.
 */
const retained = { retainOnDelete: true };

export function createPreparation(registration: RegistrationContext): Preparation {
  const { name, parent, facts, settings, generation, ownership, modes, dependsOn } = registration;
  return new Preparation(
    `${name}-preparation`,
    {
      ...sharedInputs(registration),
      releaseName: settings.agent.releaseName,
      secrets: settings.apply((places) => remoteSecrets(places, modes)),
      providedSecrets: settings.apply((places) => providedSecrets(places, modes)),
      removeNamespace: modes.createNamespace,
      labelNamespace: modes.disableIstioInjection && !modes.createNamespace,
      kubernetesCluster: generation.kubernetesCluster,
      ...(modes.createKubernetesCluster ? {} : { kubernetesClusterProvided: true }),
      removeEarlierCertificate: ownsClientSecret(modes),
      ...(modes.leaveRunning ? { leaveRunning: true } : {}),
      abandonedAfterSeconds: settings.agent.abandonedAfterSeconds,
      revision: 1,
      takenFrom: ownership.apply(({ takesFrom }) => takesFrom),
      reason: facts.decisions.preparation,
      missing: facts.seen.missing.apply((objects) => objects.map(({ step }) => step)),
      health: facts.health,
    },
    { parent, dependsOn, transforms: [deletedAlone] },
  );
}

export function createNamespace(
  registration: RegistrationContext,
  preparation: Preparation,
  dependsOn: pulumi.Resource[],
): Namespace | undefined {
  const { name, parent, remote, settings, modes } = registration;
  if (!modes.createNamespace) return undefined;
  const metadata = {
    name: settings.namespace.name,
    annotations: markAnnotations(registration, preparation),
    ...(modes.disableIstioInjection ? { labels: { [istioInjection.label]: istioInjection.disabled } } : {}),
  };
  return new Namespace(
    `${name}-namespace`,
    { metadata },
    { ...retained, parent, provider: remote.provider, dependsOn },
  );
}

/** Copies only the certificate: the Secret on the management cluster also holds the CA's private key. */
export function copyRootCertificate(
  registration: RegistrationContext,
  preparation: Preparation,
  dependsOn: pulumi.Resource[],
): Secret[] {
  const { facts, settings, generation, modes } = registration;
  if (!modes.copyRoot) return [];
  const data = {
    [generation.rootSecret.key]: facts.rootCertificate.apply((pem) => Buffer.from(pem).toString("base64")),
  };
  return [
    createSecret(registration, preparation, "root-certificate", settings.rootCertificate.secret, data, dependsOn),
  ];
}

/**
 * Created before the agent: without it a 1.x agent crash-loops (kgateway-dev/kgateway#5550). Created after the objects on the remote cluster: if
 * two stacks register a cluster under the same name at the same moment, the one that fails on the remote cluster must not claim the name.
 */
export function createKubernetesCluster(
  registration: RegistrationContext,
  preparation: Preparation,
  dependsOn: pulumi.Resource[],
): CustomResource | undefined {
  const { name, parent, management, facts, settings, generation, modes } = registration;
  if (!modes.createKubernetesCluster) return undefined;
  const { group, version } = generation.kubernetesCluster;
  return new CustomResource(
    `${name}-kubernetes-cluster`,
    {
      apiVersion: `${group}/${version}`,
      kind: "KubernetesCluster",
      metadata: {
        name: settings.clusterName,
        namespace: settings.managementNamespace,
        annotations: {
          ...markAnnotations(registration, preparation),
          [clusterIdentityAnnotation]: facts.remoteIdentity,
          [incarnationKey]: incarnationOf(registration, preparation),
          ...(modes.leaveRunning ? { [leaveRunningAnnotation]: "true" } : {}),
        },
      },
      spec: { clusterDomain: settings.clusterDomain },
    },
    { ...retained, parent, provider: management.provider, dependsOn },
  );
}

/** The bootstrap token, present only until the agent has its certificate. */
export function createTemporaryToken(
  registration: RegistrationContext,
  dependsOn: pulumi.Resource[],
): BootstrapToken | undefined {
  const { name, parent, modes } = registration;
  if (modes.token !== "temporary") return undefined;
  const inputs = { ...bootstrapInputs(registration), reason: registration.facts.decisions.bootstrapToken };
  return new BootstrapToken(`${name}-bootstrap-token`, inputs, { parent, dependsOn });
}

/** The bootstrap token as a declared Secret, as in the vendor's guide for Helm. */
export function createRetainedToken(
  registration: RegistrationContext,
  preparation: Preparation,
  dependsOn: pulumi.Resource[],
): Secret[] {
  if (registration.modes.token !== "retained") return [];
  const place = registration.settings.token.secret;
  const data = place.key.apply((key) => ({ [key]: tokenToRetain(registration) }));
  return [createSecret(registration, preparation, "bootstrap-token", place, data, dependsOn)];
}

/** A declared Secret on the remote cluster. */
function createSecret(
  registration: RegistrationContext,
  preparation: Preparation,
  suffix: string,
  { name, namespace }: { readonly [K in keyof SecretPlace]: pulumi.Output<string> },
  data: pulumi.Input<Record<string, pulumi.Input<string>>>,
  dependsOn: pulumi.Resource[],
): Secret {
  const { parent, remote } = registration;
  const metadata = { name, namespace, annotations: markAnnotations(registration, preparation) };
  const options = { ...retained, parent, provider: remote.provider, dependsOn };
  return new Secret(`${registration.name}-${suffix}`, { metadata, data }, options);
}

export function installAgent(
  registration: RegistrationContext,
  preparation: Preparation,
  dependsOn: pulumi.Resource[],
): Release | undefined {
  const { name, parent, remote, args, settings, generation, ownership, modes } = registration;
  if (!modes.installAgent) return undefined;
  return new Release(
    `${name}-agent`,
    {
      ...releaseArgs(registration, preparation, settings.agent, "relay agent"),
      name: settings.agent.releaseName,
      values: pulumi
        .all([settings, ownership, args.agent?.values ?? {}])
        .apply(([settings, { mark }, values]) => agentValues({ settings, modes, mark }, generation, values)),
      skipCrds: settings.agent.skipCrds,
      // The nulls of an agent that gets no token.
      ...(generation.values.withoutTokenByNulls ? { allowNullValues: true } : {}),
    },
    {
      ...(modes.leaveRunning ? retained : {}),
      parent,
      provider: remote.provider,
      dependsOn,
      transforms: [deletedAlone, uninstalledFirst(registration)],
    },
  );
}

/**
 * Installs the CRDs of a generation that has them in a release of their own. Nothing uninstalls it: Helm would delete the CRDs, and with them every custom
 * resource of the cluster (docs/decisions/0031).
 */
export function installCrds(
  registration: RegistrationContext,
  preparation: Preparation,
  dependsOn: pulumi.Resource[],
): Release | undefined {
  const { name, parent, remote, settings, generation, ownership, modes } = registration;
  if (!generation.crds || !modes.installCrds) return undefined;
  const source = pulumi.all([settings.agent, settings.crds]).apply(([agent, { chart }]) => ({ ...agent, chart }));
  return new Release(
    `${name}-crds`,
    {
      ...releaseArgs(registration, preparation, source, "CRDs of the relay agent"),
      name: generation.crds.releaseName,
      values: pulumi.all([settings.crds, ownership]).apply(([{ installEnterpriseCrds }, { mark }]) => ({
        installEnterpriseCrds,
        global: { [releaseMarkValue]: mark },
      })),
    },
    { ...retained, parent, provider: remote.provider, dependsOn, transforms: [deletedAlone] },
  );
}

/** What every release of a registration is installed with. */
function releaseArgs(
  { args, facts, settings }: RegistrationContext,
  preparation: Preparation,
  source: pulumi.Output<Settings["agent"]>,
  noun: ReleaseNoun,
) {
  return {
    namespace: settings.namespace.name,
    chart: source.apply((one) => chartSource(one).chart),
    version: settings.agent.version,
    repositoryOpts: source.apply((one) => repositoryOptions(one, args.agent)),
    // The proof waits for readiness: it reports causes, and leaves the release in a state that the next run can continue.
    skipAwait: true,
    // Adopts a release that the preparation has marked as failed. For a working release Helm refuses it.
    replace: true,
    // With an unknown input the Kubernetes provider does not fetch the chart in a preview, and a missing version would be reported only
    // after the token was written.
    // A changed description makes Helm run again, which a cleared release needs.
    description: knownInPreview(preparation.recoveries, facts.apply(recoveriesSeen)).apply((recoveries) =>
      releaseDescription(recoveries, noun),
    ),
  };
}

/** Undefined if the chart's own path or reference says it all. The password is a secret, however it is given. */
function repositoryOptions(agent: Settings["agent"], given: AgentArgs | undefined) {
  const { repo, isLocal } = chartSource(agent);
  if (isLocal) return undefined;
  const options = {
    ...(repo === undefined ? {} : { repo }),
    ...(agent.repositoryCaFile ? { caFile: agent.repositoryCaFile } : {}),
    ...(agent.credentials.length === 0
      ? {}
      : { username: given?.repositoryUsername, password: pulumi.secret(given?.repositoryPassword) }),
  };
  return Object.keys(options).length === 0 ? undefined : options;
}

export function proveRegistration(
  registration: RegistrationContext,
  agent: Release | undefined,
  kubernetesCluster: CustomResource | undefined,
  preparation: Preparation,
  token: BootstrapToken | undefined,
  dependsOn: pulumi.Resource[],
): ClientCertificate {
  const { name, parent, args, settings, generation, modes } = registration;
  return new ClientCertificate(
    `${name}-client-certificate`,
    {
      ...bootstrapInputs(registration),
      certificate: modes.certificate,
      level: proofLevelOf(modes, args.proof?.level),
      relayServerName: generation.relayServer.name,
      metricsPort: generation.relayServer.metricsPort,
      serverAddress: settings.relay.serverAddress,
      authority: settings.relay.authority,
      releaseName: settings.agent.releaseName,
      releaseRevision: agent?.status.revision ?? 0,
      releaseUid: agent ? uidOfRevision(registration, agent) : "",
      kubernetesClusterUid: kubernetesCluster?.metadata.uid ?? uidOfProvidedCluster(registration),
      bootstraps: token?.bootstraps ?? 0,
      tokenWrittenAt: token?.writtenAt ?? "",
      incarnation: preparation.incarnation,
      previous: preparation.previous,
      removeToken: token !== undefined,
      removeOnDelete: ownsClientSecret(modes),
      ...(modes.leaveRunning ? { leaveRunning: true } : {}),
      timeoutSeconds: settings.proof.timeoutSeconds,
      reason: registration.facts.decisions.clientCertificate,
    },
    { parent, dependsOn: agent ?? dependsOn },
  );
}

/**
 * The UID of the record of the installed revision: an agent that was uninstalled and installed again begins with revision 1. Pulumi's `replaceWith` would
 * do, but `pulumi stack rename` ends in a panic where it is used (pulumi 3.250, pkg/resource/edit/operations.go). Empty
 * where there was no release before this run: the proof, which reads the new one, records its UID.
 */
function uidOfRevision(registration: RegistrationContext, agent: Release): pulumi.Output<string> {
  const { remote, settings, facts } = registration;
  const read = pulumi
    .all([remote.access, settings.namespace.name, settings.agent.releaseName, agent.status.revision])
    .apply(([access, namespace, releaseName, revision]) =>
      remote.lookUp(access, `record of ${namespace}/${releaseName}, revision ${revision}`, (client) =>
        readRevisionUid(client, namespace, releaseName, revision),
      ),
    );
  return facts.apply(({ seen }) => (seen.remote.release ? read : pulumi.output("")));
}

/** The UID of the KubernetesCluster that another tool owns, as the checks have seen it. */
function uidOfProvidedCluster(registration: RegistrationContext): pulumi.Output<string> {
  return ownCluster(registration).apply((found) => found?.metadata.uid ?? "");
}

function bootstrapInputs(registration: RegistrationContext) {
  const { facts, settings, generation } = registration;
  return {
    ...sharedInputs(registration),
    tokenSource: settings.token.source,
    tokenSecret: settings.token.secret,
    agentName: generation.agentName,
    rootCertificate: facts.rootCertificate,
    chainToRoot: settings.proof.chainToRoot,
    reissue: settings.clientCertificate.reissue,
    revision: 1,
  };
}

/** The inputs that all dynamic resources have. */
function sharedInputs({ management, remote, facts, settings, ownership, generation, modes }: RegistrationContext) {
  return {
    management: management.access,
    managementIdentity: facts.managementIdentity,
    managementNamespace: settings.managementNamespace,
    remote: remote.access,
    remoteIdentity: facts.remoteIdentity,
    namespace: settings.namespace.name,
    clusterName: settings.clusterName,
    // States of earlier versions have none: then an upgrade of the package changes nothing.
    ...(generation === defaultGeneration ? {} : { generation: generation.name }),
    ...(modes.installAgent ? {} : { agentProvided: true }),
    ...(generation.crds && modes.installCrds ? { crdsReleaseName: generation.crds.releaseName } : {}),
    clientSecret: settings.clientCertificate.secret,
    mark: ownership.mark,
    formerMarks: ownership.apply(({ mark, accepted }) => accepted.filter((one) => one !== mark)),
  };
}

/** The annotations of every object that this registration creates: its mark, and the name under which Pulumi's Kubernetes provider writes it. */
function markAnnotations(
  registration: RegistrationContext,
  preparation: Preparation,
): Record<string, pulumi.Input<string>> {
  const { ownership, facts, modes } = registration;
  // The preparation changes the field managers of objects that get another mark. Before, the provider's trial in a preview would conflict with them: it
  // makes none for an unknown value.
  const changed = pulumi
    .all([ownership.mark, facts.isRemarked])
    .apply(([mark, isRemarked]) => (isRemarked ? preparation.incarnation.apply(() => mark) : pulumi.output(mark)));
  return {
    [registrationAnnotation]: ownership.mark,
    // Without a Helm release, which says it for all of them, each object names the preparation that it belongs to.
    ...(modes.installAgent ? {} : { [incarnationKey]: incarnationOf(registration, preparation) }),
    "pulumi.com/patchFieldManager": changed.apply(fieldManagerOf),
  };
}

/** The token in base64, a secret from the start; read only for a retained token. */
function tokenToRetain({ management, settings }: RegistrationContext): pulumi.Output<string> {
  const token = pulumi.all([management.access, settings]).apply(async ([access, { managementNamespace, token }]) => {
    const bytes = await management.lookUp(access, `token bytes ${JSON.stringify(token.source)}`, (client) =>
      readToken(client, token.source, managementNamespace),
    );
    return bytes.toString("base64");
  });
  return pulumi.secret(token);
}

/** The Secrets on the remote cluster that the registration or its agent creates. */
function remoteSecrets({ rootCertificate, token, clientCertificate }: SecretPlaces, modes: Modes): SecretPlace[] {
  const { name, namespace } = token.secret;
  return [
    ...(modes.copyRoot ? [rootCertificate.secret] : []),
    ...(copiesToken(modes) ? [{ name, namespace }] : []),
    ...(ownsClientSecret(modes) ? [clientCertificate.secret] : []),
  ];
}

/** The preparation that the objects of this run belong to; in a preview that does not know it yet, the one that is written on the present objects. */
function incarnationOf(registration: RegistrationContext, preparation: Preparation): pulumi.Output<string> {
  const { remote } = registration.facts.seen;
  const seen = pulumi
    .all([ownCluster(registration), remote.root, remote.namespace])
    .apply((objects) => objects.flatMap((one) => one?.metadata.annotations?.[incarnationKey] ?? [])[0] ?? "");
  return knownInPreview(preparation.incarnation, seen);
}

/** The present KubernetesCluster of this name; undefined if there is none. */
function ownCluster({ facts, settings }: RegistrationContext): pulumi.Output<KubernetesObject | undefined> {
  return pulumi
    .all([facts.seen.kubernetesClusters, settings.clusterName])
    .apply(([clusters, clusterName]) => clusters.find(({ metadata }) => metadata.name === clusterName));
}

/** The Secrets that the agent reads and that this registration does not create. */
function providedSecrets({ rootCertificate, token }: SecretPlaces, modes: Modes): SecretPlace[] {
  if (modes.certificate !== "issued") return [];
  const { name, namespace } = token.secret;
  return [...(modes.copyRoot ? [] : [rootCertificate.secret]), ...(copiesToken(modes) ? [] : [{ name, namespace }])];
}

/** The recoveries of the installed release, with the one that the preparation is about to make. */
function recoveriesSeen({ seen, decisions }: Checked): number {
  const seenBefore = recoveriesIn(seen.remote.release?.content.description) ?? 0;
  return seenBefore + (reasonIdOf(decisions.preparation)?.startsWith("release-") ? 1 : 0);
}
