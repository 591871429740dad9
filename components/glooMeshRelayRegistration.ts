import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { agentValues } from "./agentValues";
import type { GlooMeshRelayRegistrationArgs } from "./arguments";
import { BootstrapToken, ClientCertificate, Preparation } from "./dynamic/resources";
import { enterpriseAgent as generation } from "./generation";
import type { ClusterAccess } from "./kubernetes/access";
import { clusterIdentityAnnotation, type Ownership, registrationAnnotation } from "./ownership";
import { readToken } from "./preflight/management";
import { type Facts, preflight } from "./preflight/preflight";
import { asResourceError, RegistrationResourceError } from "./resourceError";
import { normaliseVersion, type Settings } from "./validate";

/**
 * Registers a Kubernetes cluster with Gloo Mesh Enterprise through its relay, and proves it.
 *
 * The vendor's registration guide as resources: the agent's namespace and the relay's root CA on the remote cluster, the bootstrap
 * token for as long as it is needed, the KubernetesCluster on the management cluster, the agent's Helm release, and at last a
 * resource that waits for the client certificate and verifies it. The outputs hang on that proof.
 *
 * Before the first write everything that can be known is checked, in preview too; all problems are told at once, each with its code
 * (docs/troubleshooting.md).
 */
export class GlooMeshRelayRegistration extends pulumi.ComponentResource {
  /** The name under which Gloo Mesh knows the cluster; available once the registration is proven. */
  readonly clusterName: pulumi.Output<string>;
  /** SHA-256 fingerprint of the agent's client certificate. */
  readonly certificateFingerprint: pulumi.Output<string>;
  /** Serial number of the client certificate. */
  readonly certificateSerialNumber: pulumi.Output<string>;
  /** Who issued the client certificate. */
  readonly certificateIssuer: pulumi.Output<string>;
  /** Begin of the certificate's validity, ISO 8601. */
  readonly certificateNotBefore: pulumi.Output<string>;
  /** End of the certificate's validity, ISO 8601. Gloo Mesh 1.x does not renew it; the next `up` after this date does. */
  readonly certificateNotAfter: pulumi.Output<string>;
  /** DNS names in the certificate; relay takes the cluster's identity from these. */
  readonly certificateDnsNames: pulumi.Output<string[]>;
  /** What was proven: `agent` = certificate verified and the agent available. */
  readonly proof: pulumi.Output<string>;
  /** Seconds for which the bootstrap token lay on the remote cluster; 0 when none was written. */
  readonly tokenExposureSeconds: pulumi.Output<number>;
  /** Identity (kube-system UID) of the registered cluster. */
  readonly clusterIdentity: pulumi.Output<string>;
  /** Version of the installed agent chart. */
  readonly agentVersion: pulumi.Output<string>;

  constructor(name: string, args: GlooMeshRelayRegistrationArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("gloo-mesh-relay:index:GlooMeshRelayRegistration", name, {}, opts);
    refuseProviders(this, opts);
    refuseContradictions(this, args);

    const selfRegistration = args.selfRegistration ?? false;
    const createNamespace = (args.namespace?.create ?? true) && !selfRegistration;
    const retainToken = args.token?.retain ?? false;
    const ownership = ownershipOf(name, opts);
    const settings = settingsOf(args);
    const access = { management: args.management.access, remote: args.remote.access };
    const facts = pulumi.all([settings, access.management, access.remote]).apply(([settings, management, remote]) =>
      checkFirst(this, args, management, remote, {
        settings,
        ownership,
        createNamespace,
        selfRegistration,
        needsToken: !selfRegistration,
        generation,
      }),
    );
    // Every name below passes through the facts, so no object is declared before the checks have passed.
    const checked = pulumi.all([settings, facts]).apply(([settings]) => settings);
    const onManagement = { parent: this, provider: args.management.provider };
    const onRemote = { parent: this, provider: args.remote.provider };
    const annotations = { [registrationAnnotation]: ownership.mark };

    const preparation = new Preparation(
      `${name}-preparation`,
      {
        remote: access.remote,
        remoteIdentity: facts.remoteIdentity,
        namespace: checked.namespace,
        releaseName: generation.releaseName,
        clientSecretName: generation.clientSecret.name,
        mark: ownership.mark,
        removeEarlierCertificate: !selfRegistration,
        abandonedAfterSeconds: checked.abandonedAfterSeconds,
        revision: 1,
      },
      { parent: this },
    );

    const namespace = createNamespace
      ? new kubernetes.core.v1.Namespace(
          `${name}-namespace`,
          { metadata: { name: checked.namespace, annotations } },
          { ...onRemote, dependsOn: preparation },
        )
      : undefined;
    const ground: pulumi.Resource[] = namespace ? [preparation, namespace] : [preparation];

    const trust = selfRegistration
      ? []
      : [
          new kubernetes.core.v1.Secret(
            `${name}-root-certificate`,
            {
              metadata: { name: generation.rootSecret.name, namespace: checked.namespace, annotations },
              data: { [generation.rootSecret.key]: facts.rootCertificate.apply(base64) },
            },
            { ...onRemote, dependsOn: ground },
          ),
        ];

    const kubernetesCluster = new kubernetes.apiextensions.CustomResource(
      `${name}-kubernetes-cluster`,
      {
        apiVersion: `${generation.kubernetesCluster.group}/${generation.kubernetesCluster.version}`,
        kind: "KubernetesCluster",
        metadata: {
          name: checked.clusterName,
          namespace: checked.managementNamespace,
          annotations: { ...annotations, [clusterIdentityAnnotation]: facts.remoteIdentity },
        },
        spec: { clusterDomain: checked.clusterDomain },
      },
      { ...onManagement, dependsOn: preparation },
    );

    const bootstrap = {
      management: access.management,
      managementIdentity: facts.managementIdentity,
      managementNamespace: checked.managementNamespace,
      remote: access.remote,
      remoteIdentity: facts.remoteIdentity,
      namespace: checked.namespace,
      clusterName: checked.clusterName,
      tokenSecretName: generation.tokenSecret.name,
      tokenSecretKey: generation.tokenSecret.key,
      clientSecretName: generation.clientSecret.name,
      agentName: generation.agentName,
      rootCertificate: facts.rootCertificate,
      chainToRoot: pulumi.output(args.proof?.chainToRoot ?? true),
      mark: ownership.mark,
      revision: 1,
    };
    const oneTimeToken =
      selfRegistration || retainToken
        ? undefined
        : new BootstrapToken(`${name}-bootstrap-token`, bootstrap, { parent: this, dependsOn: [...ground, ...trust] });
    const retainedToken =
      selfRegistration || !retainToken
        ? []
        : [
            new kubernetes.core.v1.Secret(
              `${name}-bootstrap-token`,
              {
                metadata: { name: generation.tokenSecret.name, namespace: checked.namespace, annotations },
                data: { [generation.tokenSecret.key]: tokenToRetain(args, access.management, checked) },
              },
              { ...onRemote, dependsOn: ground },
            ),
          ];

    const agent = new kubernetes.helm.v3.Release(
      `${name}-agent`,
      {
        name: generation.releaseName,
        namespace: checked.namespace,
        chart: args.agent.chart ?? generation.chart,
        version: checked.agentVersion,
        repositoryOpts: { repo: args.agent.repository ?? generation.repository },
        values: pulumi
          .all([checked, args.agent.values ?? {}])
          .apply(([settings, values]) => agentValues({ ...settings, mark: ownership.mark }, generation, values)),
        skipCrds: args.agent.skipCrds ?? false,
        // Readiness is the proof's business: it watches, knows causes, and leaves the release in a state that can go on.
        skipAwait: true,
        // Takes over a release that the preparation has marked failed; Helm refuses it for any release that works.
        replace: true,
        description: preparation.recoveries.apply(describeRelease),
      },
      {
        ...onRemote,
        dependsOn: [...ground, ...trust, ...retainedToken, ...(oneTimeToken ? [oneTimeToken] : []), kubernetesCluster],
      },
    );

    const certificate = new ClientCertificate(
      `${name}-client-certificate`,
      {
        ...bootstrap,
        releaseName: generation.releaseName,
        releaseRevision: agent.status.revision,
        bootstraps: oneTimeToken?.bootstraps ?? 0,
        tokenWrittenAt: oneTimeToken?.writtenAt ?? "",
        removeToken: oneTimeToken !== undefined,
        removeOnDelete: !selfRegistration,
        timeoutSeconds: checked.timeoutSeconds,
      },
      { parent: this, dependsOn: agent },
    );

    const proven = <T>(value: pulumi.Output<T>) =>
      pulumi.all([value, certificate.fingerprint]).apply(([value]) => value);
    this.clusterName = proven(checked.clusterName);
    this.certificateFingerprint = certificate.fingerprint;
    this.certificateSerialNumber = certificate.serialNumber;
    this.certificateIssuer = certificate.issuer;
    this.certificateNotBefore = certificate.notBefore;
    this.certificateNotAfter = certificate.notAfter;
    this.certificateDnsNames = certificate.dnsNames;
    this.proof = certificate.proof;
    this.tokenExposureSeconds = certificate.tokenExposureSeconds;
    this.clusterIdentity = proven(facts.remoteIdentity);
    this.agentVersion = proven(checked.agentVersion);
    this.registerOutputs({
      clusterName: this.clusterName,
      certificateFingerprint: this.certificateFingerprint,
      certificateSerialNumber: this.certificateSerialNumber,
      certificateIssuer: this.certificateIssuer,
      certificateNotBefore: this.certificateNotBefore,
      certificateNotAfter: this.certificateNotAfter,
      certificateDnsNames: this.certificateDnsNames,
      proof: this.proof,
      tokenExposureSeconds: this.tokenExposureSeconds,
      clusterIdentity: this.clusterIdentity,
      agentVersion: this.agentVersion,
    });
  }
}

/** Runs the checks; their problems become errors on the component, their notices warnings. */
async function checkFirst(
  component: pulumi.Resource,
  args: GlooMeshRelayRegistrationArgs,
  managementAccess: ClusterAccess,
  remoteAccess: ClusterAccess,
  request: Parameters<typeof preflight>[2],
): Promise<Facts> {
  try {
    const management = { cluster: args.management, access: managementAccess };
    const remote = { cluster: args.remote, access: remoteAccess };
    const facts = await preflight(management, remote, request);
    for (const notice of facts.notices) await pulumi.log.warn(notice, component);
    return facts;
  } catch (error) {
    throw asResourceError(error, component);
  }
}

function settingsOf(args: GlooMeshRelayRegistrationArgs): pulumi.Output<Settings> {
  return pulumi.output({
    clusterName: args.clusterName,
    clusterDomain: args.clusterDomain ?? "cluster.local",
    managementNamespace: args.managementNamespace ?? generation.relayServer.namespace,
    namespace: args.namespace?.name ?? generation.relayServer.namespace,
    serverAddress: args.relay.serverAddress,
    authority: args.relay.authority ?? generation.relayServer.authority,
    agentVersion: pulumi.output(args.agent.version).apply(normaliseVersion),
    timeoutSeconds: args.proof?.timeoutSeconds ?? 300,
    abandonedAfterSeconds: args.agent.abandonedAfterSeconds ?? 60,
  });
}

/** The mark names project, stack and component; after a rename with an alias the former name is still ours. */
function ownershipOf(name: string, opts: pulumi.ComponentResourceOptions): Ownership {
  const markOf = (component: string) => `${pulumi.getProject()}/${pulumi.getStack()}/${component}`;
  const former = (opts.aliases ?? []).flatMap((alias) =>
    typeof alias === "object" && "name" in alias && typeof alias.name === "string" ? [alias.name] : [],
  );
  return { mark: markOf(name), accepted: [name, ...former].map(markOf) };
}

/** The token as the data of a declared Secret: read for `retain` alone, and secret from the first moment. */
function tokenToRetain(
  args: GlooMeshRelayRegistrationArgs,
  access: pulumi.Output<ClusterAccess>,
  checked: pulumi.Output<Settings>,
): pulumi.Output<string> {
  return pulumi.secret(
    pulumi.all([access, checked]).apply(async ([access, settings]) => {
      const token = await args.management.lookUp(access, `token bytes ${settings.managementNamespace}`, (client) =>
        readToken(client, settings.managementNamespace, generation),
      );
      return token.toString("base64");
    }),
  );
}

function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}

/** A changed description makes Helm run again, which is what a cleared release needs. */
function describeRelease(recoveries: number): string {
  return recoveries === 0 ? "relay agent" : `relay agent (recovered ${recoveries})`;
}

/** Two providers of one package cannot travel in the options, and one of them would silently not apply. */
function refuseProviders(component: pulumi.Resource, opts: pulumi.ComponentResourceOptions): void {
  const list = opts.providers ?? [];
  const given = [...(Array.isArray(list) ? list : Object.values(list)), ...(opts.provider ? [opts.provider] : [])];
  if (!given.some((provider) => kubernetes.Provider.isInstance(provider))) return;
  throw new RegistrationResourceError(
    [
      {
        code: "GMR005",
        what: "A Kubernetes provider was passed through the resource options",
        where: "[opts.provider], [opts.providers]",
        cause: "a registration works on two clusters, and the options can carry only one provider of a package",
        next: "give the clusters as [management] and [remote]",
      },
    ],
    component,
  );
}

function refuseContradictions(component: pulumi.Resource, args: GlooMeshRelayRegistrationArgs): void {
  if (!args.selfRegistration) return;
  const contradictions = [
    ...(args.token?.retain ? ["token.retain"] : []),
    ...(args.namespace?.create ? ["namespace.create"] : []),
  ];
  if (contradictions.length === 0) return;
  throw new RegistrationResourceError(
    contradictions.map((argument) => ({
      code: "GMR008" as const,
      what: `[${argument}] cannot be set together with selfRegistration`,
      where: `[${argument}]`,
      cause: "on the management cluster the namespace and the token belong to the hub",
      next: `leave ${argument} out`,
    })),
    component,
  );
}
