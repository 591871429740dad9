import type { Namespace } from "@pulumi/kubernetes/core/v1/namespace";
import type { Release } from "@pulumi/kubernetes/helm/v3/release";
import * as pulumi from "@pulumi/pulumi";
import type { CertificateExpiry } from "../certificates/expiry";
import { inOrder } from "../certificates/expiryList";
import type { CertificateFacts } from "../certificates/x509";
import { enterpriseAgent as generation } from "../glooMesh/generation";
import { modesOf } from "../glooMesh/modes";
import type { Ownership } from "../glooMesh/ownership";
import type { ProofLevel, ProofSeconds } from "../glooMesh/proofFacts";
import { settle } from "../glooMesh/settings";
import type { GlooMeshRelayRegistrationArgs } from "./arguments";
import {
  copyRootCertificate,
  createKubernetesCluster,
  createNamespace,
  createPreparation,
  createRetainedToken,
  createTemporaryToken,
  installAgent,
  proveRegistration,
} from "./childResources";
import { connectionOf } from "./clusterConnection";
import type { RegistrationContext } from "./context";
import { findContradictions } from "./contradictions";
import type { ClientCertificate } from "./dynamicResources";
import { logDeregistrations } from "./logPlan";
import { readArguments } from "./readArguments";
import { runChecks } from "./runChecks";
import { runUserValidation } from "./userValidation";

/**
 * Registers a Kubernetes cluster with Gloo Mesh Enterprise through its relay, and proves it.
 *
 * The vendor's registration guide as resources: the agent's namespace and the relay's root CA on the remote cluster, the bootstrap
 * token for as long as it is needed, the KubernetesCluster on the management cluster, the agent's Helm release, and finally a
 * resource that waits for the client certificate and verifies it. The outputs are available once the registration is proven.
 *
 * Checks run before the first write, in preview too. They report all problems at once, each with its code (docs/troubleshooting.md);
 * {@link hasProblems} recognises such an error.
 */
export class GlooMeshRelayRegistration extends pulumi.ComponentResource {
  /** The name under which Gloo Mesh knows the cluster. */
  readonly clusterName: pulumi.Output<string>;
  /** Identity of the registered cluster: UID of its kube-system namespace. */
  readonly clusterIdentity: pulumi.Output<string>;
  /** `host:port` of the relay server that the agent connects to, from the argument or read from the management cluster. */
  readonly relayServerAddress: pulumi.Output<string>;
  /** Version of the installed agent chart, such as `1.0.4`. */
  readonly agentVersion: pulumi.Output<string>;
  /** How much was proven. */
  readonly proof: pulumi.Output<ProofLevel>;
  /** Facts of the agent's client certificate; undefined with `identity: "none"`. */
  readonly clientCertificate: pulumi.Output<CertificateFacts | undefined>;
  /** Seconds for which the bootstrap token was on the remote cluster; 0 when none was written. */
  readonly tokenExposureSeconds: pulumi.Output<number>;
  /** Seconds that each phase of the proof took in the run that proved the registration last. */
  readonly seconds: pulumi.Output<ProofSeconds>;
  /**
   * When the certificates of the registration expire: root CAs of the management cluster, intermediates, the relay server's certificate where
   * the machine that runs Pulumi reaches it, and the client certificate. Gloo Mesh 1.x renews none of them. Empty with `identity: "none"`.
   */
  readonly certificates: pulumi.Output<CertificateExpiry[]>;
  /** The agent's Helm release, as a resource to depend on. Unlike the outputs it does not wait for the proof. */
  readonly agent: Release;
  /** The agent's namespace, as a resource to depend on; undefined where the registration does not make it. It does not wait for the proof. */
  readonly namespace: Namespace | undefined;

  constructor(name: string, args: GlooMeshRelayRegistrationArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("gloo-mesh-relay:index:GlooMeshRelayRegistration", name, {}, withoutDependencies(opts));
    const registration = describe(this, name, args, opts);
    logDeregistrations(registration.management, args.managementNamespace);
    const preparation = createPreparation(registration);
    this.namespace = createNamespace(registration, [preparation]);
    const ground = [preparation, ...(this.namespace ? [this.namespace] : [])];
    const trusting = [...ground, ...copyRootCertificate(registration, ground)];
    const kubernetesCluster = createKubernetesCluster(registration, trusting);
    const temporaryToken = createTemporaryToken(registration, trusting);
    const retainedToken = createRetainedToken(registration, ground);
    const needs = [...trusting, ...(temporaryToken ? [temporaryToken] : retainedToken), kubernetesCluster];
    this.agent = installAgent(registration, preparation, needs);
    const certificate = proveRegistration(registration, this.agent, kubernetesCluster, temporaryToken);
    const validation = runUserValidation(registration, certificate);

    const last = pulumi.all([certificate.id, ...validation.map(({ id }) => id)]);
    const proven = <T>(value: pulumi.Output<T>) => pulumi.all([value, last]).apply(([value]) => value as T);
    const { settings, facts } = registration;
    this.clusterName = proven(settings.clusterName);
    this.clusterIdentity = proven(facts.remoteIdentity);
    this.relayServerAddress = proven(settings.relay.serverAddress);
    this.agentVersion = proven(settings.agent.version);
    this.proof = proven(certificate.proof);
    this.clientCertificate = proven(factsOf(registration, certificate));
    this.tokenExposureSeconds = proven(certificate.tokenExposureSeconds);
    this.seconds = proven(certificate.seconds);
    this.certificates = proven(expiriesOf(registration, certificate));
    this.registerOutputs({
      clusterName: this.clusterName,
      clusterIdentity: this.clusterIdentity,
      relayServerAddress: this.relayServerAddress,
      agentVersion: this.agentVersion,
      proof: this.proof,
      clientCertificate: this.clientCertificate,
      tokenExposureSeconds: this.tokenExposureSeconds,
      seconds: this.seconds,
      certificates: this.certificates,
    });
  }
}

/** The client certificate as it was proven. */
function factsOf(
  { modes }: RegistrationContext,
  { fingerprint, serialNumber, issuer, notBefore, notAfter, dnsNames }: ClientCertificate,
): pulumi.Output<CertificateFacts | undefined> {
  if (modes.certificate === "none") return pulumi.output(undefined);
  return pulumi.output({ fingerprint, serialNumber, issuer, notBefore, notAfter, dnsNames });
}

/** The hub's as the checks of this run saw them, the client's as they were proven. */
function expiriesOf(
  { facts }: RegistrationContext,
  certificate: ClientCertificate,
): pulumi.Output<CertificateExpiry[]> {
  return pulumi
    .all([facts, certificate.certificates])
    .apply(([{ certificates }, proven]) => inOrder([...certificates, ...(proven ?? [])]));
}

/** Gathers what the steps share; the checks are among it. */
function describe(
  parent: pulumi.Resource,
  name: string,
  args: GlooMeshRelayRegistrationArgs,
  opts: pulumi.ComponentResourceOptions,
): RegistrationContext {
  const modes = modesOf(args);
  const ownership = ownershipOf(name, opts);
  const mistakes = findContradictions(args, opts);
  const management = connectionOf(`${name}-management`, args.management, parent);
  const remote = connectionOf(`${name}-remote`, args.remote, parent);
  management.declare(ownership.accepted);
  const given = readArguments(args, name, parent);
  const access = { management: management.access, remote: remote.access };
  const shared = { parent, args, management, remote, modes, generation, ownership, access };
  const facts = runChecks({ ...shared, given, mistakes });
  const settings = pulumi.all([given, facts]).apply(([given, facts]) => settle(given, facts));
  return { ...shared, name, facts, settings, dependsOn: opts.dependsOn };
}

/**
 * The preparation takes the dependencies, and the rest follows it. The component itself waits for nothing: its checks run at once, and what
 * they find is reported on it even if what it depends on fails.
 */
function withoutDependencies({
  dependsOn: _,
  ...opts
}: pulumi.ComponentResourceOptions): pulumi.ComponentResourceOptions {
  return opts;
}

/** The mark names project, stack and component; after a rename with an alias the previous name is still accepted. */
function ownershipOf(name: string, opts: pulumi.ComponentResourceOptions): Ownership {
  const markOf = (component: string) => `${pulumi.getProject()}/${pulumi.getStack()}/${component}`;
  const former = (opts.aliases ?? []).flatMap((alias) =>
    typeof alias === "object" && "name" in alias && typeof alias.name === "string" ? [alias.name] : [],
  );
  return { mark: markOf(name), accepted: [name, ...former].map(markOf) };
}
