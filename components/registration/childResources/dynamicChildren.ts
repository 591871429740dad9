import type { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import type { Release } from "@pulumi/kubernetes/helm/v3/release";
import * as pulumi from "@pulumi/pulumi";
import { defaultGeneration } from "../../glooMesh/generation";
import { readRevisionUid } from "../../glooMesh/helmRelease";
import { copiesToken, type Modes, ownsClientSecret, proofLevelOf } from "../../glooMesh/modes";
import type { SecretPlaces } from "../../glooMesh/settings";
import type { SecretPlace } from "../../kubernetes/objects";
import type { RegistrationContext } from "../context";
import { BootstrapToken, ClientCertificate, Preparation } from "../dynamicResources";
import { deletedAlone } from "../resourceTransforms";
import { ownCluster } from "./marks";

// The children with behaviour of our own, one function each. docs/engineering/architecture.md gives the reasons for the order of all children.

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

/** The Secrets on the remote cluster that the registration or its agent creates. */
function remoteSecrets({ rootCertificate, token, clientCertificate }: SecretPlaces, modes: Modes): SecretPlace[] {
  const { name, namespace } = token.secret;
  return [
    ...(modes.copyRoot ? [rootCertificate.secret] : []),
    ...(copiesToken(modes) ? [{ name, namespace }] : []),
    ...(ownsClientSecret(modes) ? [clientCertificate.secret] : []),
  ];
}

/** The Secrets that the agent reads and that this registration does not create. */
function providedSecrets({ rootCertificate, token }: SecretPlaces, modes: Modes): SecretPlace[] {
  if (modes.certificate !== "issued") return [];
  const { name, namespace } = token.secret;
  return [...(modes.copyRoot ? [] : [rootCertificate.secret]), ...(copiesToken(modes) ? [] : [{ name, namespace }])];
}
