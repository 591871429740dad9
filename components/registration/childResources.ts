import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace";
import { Secret } from "@pulumi/kubernetes/core/v1/secret";
import { Release } from "@pulumi/kubernetes/helm/v3/release";
import * as pulumi from "@pulumi/pulumi";
import { agentValues } from "../glooMesh/agentValues";
import { readToken } from "../glooMesh/hubSecrets";
import { copiesToken, type Modes, ownsClientSecret } from "../glooMesh/modes";
import { clusterIdentityAnnotation, istioInjection, keptMarks } from "../glooMesh/ownership";
import type { SecretPlaces } from "../glooMesh/settings";
import type { SecretPlace } from "../kubernetes/objects";
import type { BootstrapTokenInputs, Observations } from "../operations/shared/inputs";
import { markAnnotations, onManagement, onRemote, type RegistrationContext } from "./context";
import { BootstrapToken, ClientCertificate, Preparation } from "./dynamicResources";
import { knownInPreview } from "./unknownOutputs";

// The child resources of a registration, one function each, in their order. docs/architecture.md gives the reasons for the order.
// Each resource type is imported from its own file, since the index of @pulumi/kubernetes loads 120 others.

export function createPreparation(registration: RegistrationContext): Preparation {
  const { name, parent, access, facts, settings, generation, ownership, modes, dependsOn } = registration;
  return new Preparation(
    `${name}-preparation`,
    {
      management: access.management,
      managementIdentity: facts.managementIdentity,
      remote: access.remote,
      remoteIdentity: facts.remoteIdentity,
      clusterName: settings.clusterName,
      namespace: settings.namespace.name,
      releaseName: generation.releaseName,
      clientSecret: settings.clientCertificate.secret,
      secrets: settings.apply((places) => remoteSecrets(places, modes)),
      removeNamespace: modes.createNamespace,
      labelNamespace: modes.disableIstioInjection && !modes.createNamespace,
      kubernetesCluster: generation.kubernetesCluster,
      managementNamespace: settings.managementNamespace,
      ...keptMarks(ownership),
      removeEarlierCertificate: ownsClientSecret(modes),
      abandonedAfterSeconds: settings.agent.abandonedAfterSeconds,
      revision: 1,
      reason: facts.decisions.preparation,
      missing: facts.seen.missing.apply((objects) => objects.map(({ step }) => step)),
      clusterNameRegistered: pulumi
        .all([facts.seen.kubernetesClusters, settings.clusterName])
        .apply(([clusters, clusterName]) => clusters.some(({ metadata }) => metadata.name === clusterName)),
    },
    dependsOn === undefined ? { parent } : { parent, dependsOn },
  );
}

export function createNamespace(
  registration: RegistrationContext,
  dependsOn: pulumi.Resource[],
): Namespace | undefined {
  const { name, settings, modes } = registration;
  if (!modes.createNamespace) return undefined;
  const metadata = {
    name: settings.namespace.name,
    annotations: markAnnotations(registration),
    ...(modes.disableIstioInjection ? { labels: { [istioInjection.label]: istioInjection.disabled } } : {}),
  };
  // The preparation, which Pulumi deletes last, deletes the namespace: only it can check for objects that someone else created in it.
  const options = { ...onRemote(registration), dependsOn, retainOnDelete: true };
  return new Namespace(`${name}-namespace`, { metadata }, options);
}

/** Copies only the certificate: the Secret on the management cluster also holds the CA's private key. */
export function copyRootCertificate(
  registration: RegistrationContext,
  dependsOn: pulumi.Resource[],
): pulumi.Resource[] {
  const { name, facts, settings, generation, modes } = registration;
  if (!modes.copyRoot) return [];
  return [
    new Secret(
      `${name}-root-certificate`,
      {
        metadata: {
          name: settings.rootCertificate.secret.name,
          namespace: settings.rootCertificate.secret.namespace,
          annotations: markAnnotations(registration),
        },
        data: { [generation.rootSecret.key]: facts.rootCertificate.apply(base64) },
      },
      { ...onRemote(registration), dependsOn },
    ),
  ];
}

/**
 * Created before the agent: without it a 1.x agent crash-loops (kgateway-dev/kgateway#5550). Created after the objects on the remote cluster: if
 * two stacks register a cluster under the same name at the same moment, the one that fails on the remote cluster must not claim the name.
 */
export function createKubernetesCluster(
  registration: RegistrationContext,
  dependsOn: pulumi.Resource[],
): CustomResource {
  const { name, facts, settings, generation } = registration;
  const { group, version } = generation.kubernetesCluster;
  return new CustomResource(
    `${name}-kubernetes-cluster`,
    {
      apiVersion: `${group}/${version}`,
      kind: "KubernetesCluster",
      metadata: {
        name: settings.clusterName,
        namespace: settings.managementNamespace,
        annotations: { ...markAnnotations(registration), [clusterIdentityAnnotation]: facts.remoteIdentity },
      },
      spec: { clusterDomain: settings.clusterDomain },
    },
    { ...onManagement(registration), dependsOn },
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
  dependsOn: pulumi.Resource[],
): pulumi.Resource[] {
  const { name, settings, modes } = registration;
  if (modes.token !== "retained") return [];
  const token = settings.token.secret;
  return [
    new Secret(
      `${name}-bootstrap-token`,
      {
        metadata: { name: token.name, namespace: token.namespace, annotations: markAnnotations(registration) },
        data: token.key.apply((key) => ({ [key]: tokenToRetain(registration) })),
      },
      { ...onRemote(registration), dependsOn },
    ),
  ];
}

export function installAgent(
  registration: RegistrationContext,
  preparation: Preparation,
  dependsOn: pulumi.Resource[],
): Release {
  const { name, args, settings, generation, ownership, modes } = registration;
  return new Release(
    `${name}-agent`,
    {
      name: generation.releaseName,
      namespace: settings.namespace.name,
      chart: settings.agent.chart,
      version: settings.agent.version,
      repositoryOpts: { repo: settings.agent.repository },
      values: pulumi
        .all([settings, args.agent?.values ?? {}])
        .apply(([settings, values]) =>
          agentValues({ settings, certificate: modes.certificate, mark: ownership.mark }, generation, values),
        ),
      skipCrds: settings.agent.skipCrds,
      // The proof waits for readiness: it reports causes, and leaves the release in a state that the next run can continue.
      skipAwait: true,
      // Adopts a release that the preparation has marked as failed. For a working release Helm refuses it.
      replace: true,
      // With an unknown input the Kubernetes provider does not fetch the chart in a preview, and a missing version would be reported only
      // after the token was written.
      description: knownInPreview(preparation.recoveries, 0).apply(describeRelease),
    },
    { ...onRemote(registration), dependsOn },
  );
}

export function proveRegistration(
  registration: RegistrationContext,
  agent: Release,
  kubernetesCluster: CustomResource,
  token: BootstrapToken | undefined,
): ClientCertificate {
  const { name, parent, args, settings, generation, modes } = registration;
  return new ClientCertificate(
    `${name}-client-certificate`,
    {
      ...bootstrapInputs(registration),
      certificate: modes.certificate,
      level: args.proof?.level ?? "agent",
      relayServerName: generation.relayServer.name,
      metricsPort: generation.relayServer.metricsPort,
      serverAddress: settings.relay.serverAddress,
      authority: settings.relay.authority,
      releaseName: generation.releaseName,
      releaseRevision: agent.status.revision,
      kubernetesClusterUid: kubernetesCluster.metadata.uid,
      bootstraps: token?.bootstraps ?? 0,
      tokenWrittenAt: token?.writtenAt ?? "",
      removeToken: token !== undefined,
      removeOnDelete: ownsClientSecret(modes),
      timeoutSeconds: settings.proof.timeoutSeconds,
      reason: registration.facts.decisions.clientCertificate,
    },
    { parent, dependsOn: agent },
  );
}

function bootstrapInputs(registration: RegistrationContext): {
  [K in keyof Omit<BootstrapTokenInputs, keyof Observations>]: pulumi.Input<BootstrapTokenInputs[K]>;
} {
  const { access, facts, settings, generation, ownership } = registration;
  return {
    management: access.management,
    managementIdentity: facts.managementIdentity,
    managementNamespace: settings.managementNamespace,
    remote: access.remote,
    remoteIdentity: facts.remoteIdentity,
    namespace: settings.namespace.name,
    clusterName: settings.clusterName,
    tokenSource: settings.token.source,
    tokenSecret: settings.token.secret,
    clientSecret: settings.clientCertificate.secret,
    agentName: generation.agentName,
    rootCertificate: facts.rootCertificate,
    chainToRoot: settings.proof.chainToRoot,
    reissue: settings.clientCertificate.reissue,
    ...keptMarks(ownership),
    revision: 1,
  };
}

/** The token in base64, a secret from the start; read only for a retained token. */
function tokenToRetain({ management, access, settings }: RegistrationContext): pulumi.Output<string> {
  return pulumi.secret(
    pulumi.all([access.management, settings]).apply(
      async ([
        access,
        {
          managementNamespace,
          token: { source },
        },
      ]) => {
        const token = await management.lookUp(access, `token bytes ${JSON.stringify(source)}`, (client) =>
          readToken(client, source, managementNamespace),
        );
        return token.toString("base64");
      },
    ),
  );
}

/** The Secrets on the remote cluster that the registration or its agent creates. */
function remoteSecrets({ rootCertificate, token, clientCertificate }: SecretPlaces, modes: Modes): SecretPlace[] {
  const plain = ({ name, namespace }: SecretPlace): SecretPlace => ({ name, namespace });
  return [
    ...(modes.copyRoot ? [plain(rootCertificate.secret)] : []),
    ...(copiesToken(modes) ? [plain(token.secret)] : []),
    ...(ownsClientSecret(modes) ? [plain(clientCertificate.secret)] : []),
  ];
}

function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}

/** A changed description makes Helm run again, which a cleared release needs. */
function describeRelease(recoveries: number): string {
  return recoveries === 0 ? "relay agent" : `relay agent (recovered ${recoveries})`;
}
