import type { Namespace } from "@pulumi/kubernetes/core/v1/namespace";
import type { Release } from "@pulumi/kubernetes/helm/v3/release";
import * as pulumi from "@pulumi/pulumi";
import type { CertificateExpiry } from "../certificates/expiry";
import { inOrder } from "../certificates/expiryList";
import type { CertificateFacts } from "../certificates/x509";
import { generationOf } from "../glooMesh/generation";
import { modesOf } from "../glooMesh/modes";
import type { ProofLevel, ProofSeconds } from "../glooMesh/proofFacts";
import { settle } from "../glooMesh/settings";
import type { GlooMeshRelayRegistrationArgs } from "./arguments";
import {
  copyRootCertificate,
  createKubernetesCluster,
  createNamespace,
  createRetainedToken,
} from "./childResources/declaredObjects";
import { createPreparation, createTemporaryToken, proveRegistration } from "./childResources/dynamicChildren";
import { installAgent, installCrds } from "./childResources/releases";
import { connectionOf } from "./clusterConnection";
import type { RegistrationContext } from "./context";
import { findContradictions } from "./contradictions";
import type { ClientCertificate } from "./dynamicResources";
import { identityOf } from "./identity";
import { logDeregistrations, logPlan } from "./logPlan";
import { readArguments } from "./readArguments";
import { RefusedWrites } from "./refusedWrites";
import { requireMarks } from "./requireMarks";
import { requireNames } from "./requireNames";
import { runChecks } from "./runChecks";
import { runUserValidation } from "./userValidation";

/**
 * Registers a Kubernetes cluster with Gloo Mesh Enterprise through its relay, and proves it.
 *
 * The resources follow the vendor's registration guide: the agent's namespace and the relay's root CA on the remote cluster, the temporary
 * bootstrap token, the KubernetesCluster on the management cluster, the agent's Helm release, and a resource that waits for the client
 * certificate and verifies it. The outputs are available once the registration is proven.
 *
 * Checks run before the first write, also in a preview. They report all problems at once, each with its code (docs/reference/errors);
 * {@link hasProblems} recognises their errors.
 */
export class GlooMeshRelayRegistration extends pulumi.ComponentResource {
  /** Name of the cluster in Gloo Mesh, from the argument or the resource's name. */
  readonly clusterName: pulumi.Output<string>;
  /** Identity of the remote cluster: the UID of its namespace kube-system, read through its API server. */
  readonly clusterIdentity: pulumi.Output<string>;
  /** Address of the relay server as `host:port`, from the argument or read from the management cluster. */
  readonly relayServerAddress: pulumi.Output<string>;
  /**
   * Version of the installed agent chart, such as `1.0.4`, from the argument or read from the management cluster; of a provided agent that of its image, empty if the
   * image names none.
   */
  readonly agentVersion: pulumi.Output<string>;
  /** Level of the last proof, from the argument `proof.level`. */
  readonly proof: pulumi.Output<ProofLevel>;
  /** Facts of the agent's client certificate, read from its Secret by the last proof; undefined with `identity: "none"`. */
  readonly clientCertificate: pulumi.Output<CertificateFacts | undefined>;
  /** Seconds for which the last bootstrap token was stored on the remote cluster; 0 if none was written. */
  readonly tokenExposureSeconds: pulumi.Output<number>;
  /** Duration of each phase of the last proof, in seconds. */
  readonly seconds: pulumi.Output<ProofSeconds>;
  /**
   * Expiry of each certificate of the registration: root CAs and intermediates of the management cluster, the relay server's certificate if the
   * machine that runs Pulumi reaches the server, and the client certificate. Gloo Mesh 1.x renews none of them. Empty with `identity: "none"`.
   */
  readonly certificates: pulumi.Output<CertificateExpiry[]>;
  /**
   * The agent's Helm release, for `dependsOn` and its outputs; undefined if the agent is provided. Unlike the outputs of the registration it does not wait for the
   * proof.
   */
  readonly agent: Release | undefined;
  /** The agent's namespace, for `dependsOn`; undefined if the registration does not create it. It does not wait for the proof. */
  readonly namespace: Namespace | undefined;

  constructor(name: string, args: GlooMeshRelayRegistrationArgs, opts: pulumi.ComponentResourceOptions = {}) {
    // The preparation takes the dependencies, and the other children depend on it. The component itself does not wait, so that its checks run
    // at once and report their problems even if a dependency fails.
    const refusedWrites = new RefusedWrites();
    const transforms = [...(opts.transforms ?? []), refusedWrites.transform];
    super("gloo-mesh-relay:index:GlooMeshRelayRegistration", name, {}, { ...opts, dependsOn: [], transforms });
    const registration = contextOf(this, name, args, opts);
    logDeregistrations(registration.management, args.managementNamespace, [registration.generation]);
    const preparation = createPreparation(registration);
    refusedWrites.judge(registration, preparation);
    this.namespace = createNamespace(registration, preparation, [preparation]);
    const prepared = [preparation, ...(this.namespace ? [this.namespace] : [])];
    const root = copyRootCertificate(registration, preparation, prepared);
    const withRoot = [...prepared, ...root];
    const kubernetesCluster = createKubernetesCluster(registration, preparation, withRoot);
    const temporaryToken = createTemporaryToken(registration, withRoot);
    const retainedToken = createRetainedToken(registration, preparation, prepared);
    const registered = kubernetesCluster ? [kubernetesCluster] : [];
    const needs = [...withRoot, ...(temporaryToken ? [temporaryToken] : retainedToken), ...registered];
    const crds = installCrds(registration, preparation, prepared);
    this.agent = installAgent(registration, preparation, [...needs, ...(crds ? [crds] : [])]);
    const marked = [...(this.namespace ? [this.namespace] : []), ...root, ...retainedToken, ...registered];
    const releases = [...(this.agent ? [this.agent] : []), ...(crds ? [crds] : [])];
    requireMarks(registration, marked, releases);
    requireNames(registration, preparation, marked, releases);
    const certificate = proveRegistration(
      registration,
      this.agent,
      kubernetesCluster,
      preparation,
      temporaryToken,
      needs,
    );
    const [token, declaredRoot] = [temporaryToken, root[0]];
    const { namespace, agent } = this;
    logPlan(registration, {
      preparation,
      namespace,
      root: declaredRoot,
      kubernetesCluster,
      token,
      crds,
      agent,
      certificate,
    });
    const validation = runUserValidation(registration, certificate);

    const last = pulumi.all([certificate.id, validation?.id]);
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

/** The facts of the client certificate, as the proof read them. */
function factsOf(
  { modes }: RegistrationContext,
  { fingerprint, serialNumber, issuer, notBefore, notAfter, dnsNames }: ClientCertificate,
): pulumi.Output<CertificateFacts | undefined> {
  if (modes.certificate === "none") return pulumi.output(undefined);
  return pulumi.output({ fingerprint, serialNumber, issuer, notBefore, notAfter, dnsNames });
}

/** The certificates of the management cluster as this run's checks read them, and those of the client as the proof read them. */
function expiriesOf(
  { facts }: RegistrationContext,
  certificate: ClientCertificate,
): pulumi.Output<CertificateExpiry[]> {
  return pulumi
    .all([facts, certificate.certificates])
    .apply(([{ certificates }, proven]) => inOrder([...certificates, ...(proven ?? [])]));
}

/** Starts the checks, and gathers the values that the child resources share. */
function contextOf(
  parent: pulumi.Resource,
  name: string,
  args: GlooMeshRelayRegistrationArgs,
  opts: pulumi.ComponentResourceOptions,
): RegistrationContext {
  const modes = modesOf(args);
  const generation = generationOf(args.generation);
  const ownership = identityOf(parent, args.takeOver ?? false);
  const mistakes = findContradictions(args, opts);
  const management = connectionOf(`${name}-management`, args.management, parent);
  const remote = connectionOf(`${name}-remote`, args.remote, parent);
  management.declare(ownership.apply(({ accepted }) => accepted));
  const given = readArguments(args, name, parent);
  const shared = { name, parent, args, management, remote, modes, generation, ownership };
  const facts = runChecks({ ...shared, given, mistakes });
  const settings = pulumi.all([given, facts]).apply(([given, facts]) => settle(given, facts));
  return { ...shared, facts, settings, dependsOn: opts.dependsOn ?? [] };
}
