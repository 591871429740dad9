import * as pulumi from "@pulumi/pulumi";
import type { CertificateExpiry } from "../certificates/expiry";
import { inOrder } from "../certificates/expiryList";
import { enterpriseAgent as generation } from "../glooMesh/generation";
import type { Ownership } from "../glooMesh/ownership";
import type { ProofSeconds } from "../glooMesh/proofFacts";
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
import type { RegistrationContext } from "./context";
import { findContradictions } from "./contradictions";
import type { ClientCertificate } from "./dynamicResources";
import { logDeregistrations } from "./logPlan";
import { modesOf, readArguments } from "./readArguments";
import { runChecks } from "./runChecks";
import { runUserValidation } from "./userValidation";

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
  /** Address of the relay server that the agent was given, from the argument or the hub. */
  readonly relayServerAddress: pulumi.Output<string>;
  /** SHA-256 fingerprint of the agent's client certificate; this and all that is told of it is empty for a relay without TLS. */
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
  /** What was proven: `agent` = certificate verified and the agent available; `connected` = the relay server counts the agent as well. */
  readonly proof: pulumi.Output<string>;
  /** Seconds for which the bootstrap token lay on the remote cluster; 0 when none was written. */
  readonly tokenExposureSeconds: pulumi.Output<number>;
  /** Identity (kube-system UID) of the registered cluster. */
  readonly clusterIdentity: pulumi.Output<string>;
  /** Version of the installed agent chart. */
  readonly agentVersion: pulumi.Output<string>;
  /** Seconds that each phase of the proof took in the run that proved the registration last. */
  readonly seconds: pulumi.Output<ProofSeconds>;
  /**
   * When the certificates end on which the registration rests: the hub's root CAs, intermediates, the relay server's certificate where
   * it can be reached from the machine that runs Pulumi, and the client certificate. Gloo Mesh 1.x renews none of them. Empty for a relay
   * without TLS.
   */
  readonly certificates: pulumi.Output<CertificateExpiry[]>;

  constructor(name: string, args: GlooMeshRelayRegistrationArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("gloo-mesh-relay:index:GlooMeshRelayRegistration", name, {}, withoutDependencies(opts));
    const registration = describe(this, name, args, opts);
    logDeregistrations(args.management, args.managementNamespace);
    const preparation = createPreparation(registration);
    const ground = [preparation, ...createNamespace(registration, [preparation])];
    const trusting = [...ground, ...copyRootCertificate(registration, ground)];
    const kubernetesCluster = createKubernetesCluster(registration, trusting);
    const lentToken = createTemporaryToken(registration, trusting);
    const retainedToken = createRetainedToken(registration, ground);
    const needs = [...trusting, ...(lentToken ? [lentToken] : retainedToken), kubernetesCluster];
    const agent = installAgent(registration, preparation, needs);
    const certificate = proveRegistration(registration, agent, kubernetesCluster, lentToken);
    const validation = runUserValidation(registration, certificate);

    const last = pulumi.all([certificate.id, ...validation.map(({ id }) => id)]);
    const proven = <T>(value: pulumi.Output<T>) => pulumi.all([value, last]).apply(([value]) => value);
    this.clusterName = proven(registration.settings.clusterName);
    this.relayServerAddress = proven(registration.settings.serverAddress);
    this.certificateFingerprint = proven(certificate.fingerprint);
    this.certificateSerialNumber = proven(certificate.serialNumber);
    this.certificateIssuer = proven(certificate.issuer);
    this.certificateNotBefore = proven(certificate.notBefore);
    this.certificateNotAfter = proven(certificate.notAfter);
    this.certificateDnsNames = proven(certificate.dnsNames);
    this.proof = proven(certificate.proof);
    this.tokenExposureSeconds = proven(certificate.tokenExposureSeconds);
    this.clusterIdentity = proven(registration.facts.remoteIdentity);
    this.agentVersion = proven(registration.settings.agentVersion);
    this.seconds = proven(certificate.seconds);
    this.certificates = proven(expiriesOf(registration, certificate));
    this.registerOutputs({
      clusterName: this.clusterName,
      relayServerAddress: this.relayServerAddress,
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
      seconds: this.seconds,
      certificates: this.certificates,
    });
  }
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
  args.management.declare(ownership.accepted);
  const given = readArguments(args, generation, parent);
  const access = { management: args.management.access, remote: args.remote.access };
  const mistakes = findContradictions(args, opts);
  const facts = runChecks({ parent, args, modes, generation, ownership, access, given, mistakes });
  const settings = pulumi.all([given, facts]).apply(([given, facts]) => settle(given, facts));
  const { dependsOn } = opts;
  return { name, parent, args, modes, generation, ownership, access, facts, settings, dependsOn };
}

/**
 * The preparation takes the dependencies, and the rest follows it. The component itself waits for nothing: its checks run at once, and what
 * they find is told on it even if what it depends on fails.
 */
function withoutDependencies({
  dependsOn: _,
  ...opts
}: pulumi.ComponentResourceOptions): pulumi.ComponentResourceOptions {
  return opts;
}

/** The mark names project, stack and component; after a rename with an alias the former name is still ours. */
function ownershipOf(name: string, opts: pulumi.ComponentResourceOptions): Ownership {
  const markOf = (component: string) => `${pulumi.getProject()}/${pulumi.getStack()}/${component}`;
  const former = (opts.aliases ?? []).flatMap((alias) =>
    typeof alias === "object" && "name" in alias && typeof alias.name === "string" ? [alias.name] : [],
  );
  return { mark: markOf(name), accepted: [name, ...former].map(markOf) };
}
