import { randomBytes } from "node:crypto";
import { createHubCertificates, fingerprint, type HubCertificates } from "./certificates";
import { imageVersion } from "./images";
import type { CertificateAuthority } from "./issuing";
import type { LoadBalancerAddress } from "./loadBalancer";
import { type GenerationName, generations, type RelayGeneration } from "./relayGeneration";
import type { RelayServerOptions } from "./serverProgram";

/** What the management plane looks like. */
export interface HubOptions {
  /** Default: `1.x`. */
  readonly generation?: GenerationName;
  /** Default: `gloo-mesh`. The server certificate then holds `*.<namespace>`. */
  readonly namespace?: string;
  /** Version of the server. Default: that of the tag of {@link image}, or else that of the generation. */
  readonly version?: string;
  /** The whole reference of the server's image. Default: `gcr.io/gloo-mesh/<server of the generation>:<version>`. */
  readonly image?: string;
  /** Default: `LoadBalancer` with {@link loadBalancer}, otherwise `ClusterIP`. */
  readonly serviceType?: "ClusterIP" | "NodePort" | "LoadBalancer";
  /** Number of the Service's port `grpc`. Default: 9900; a sandbox takes the port on which its relay server listens. */
  readonly grpcPort?: number;
  /** Address in the status of the Service. Default: none, as before a cloud has made a load balancer. */
  readonly loadBalancer?: LoadBalancerAddress;
  /** Names in the server certificate. Default: `*.<namespace>`. */
  readonly dnsNames?: readonly string[];
  /** Certificates made before, e.g. to share a root between hubs. Default: fresh ones. */
  readonly certificates?: HubCertificates;
  /** CAs whose client certificates the server accepts beside those that it signs itself. Default: none. */
  readonly clientAuthorities?: readonly CertificateAuthority[];
  /** The server speaks plain text, believes the names that agents claim, and the hub has no relay Secrets. Default: false. */
  readonly insecure?: boolean;
  /** 2.x: agents prove themselves by a token in their environment at every connection; nobody gets a certificate. Default: false. */
  readonly simpleTls?: boolean;
  /** 2.x: the hub issues no client certificates, and has neither token nor signing CA. Default: false. */
  readonly ownCertificates?: boolean;
  /** 2.x: this name is that of the management cluster itself, and its agent a container of the server's pod. Default: there is none. */
  readonly sidecarAgent?: string;
  /** Replicas of the relay server; 0 is a hub that is down. In a sandbox agents reach the first one. Default: 1. */
  readonly replicas?: number;
  /** What the server does, as far as a sandbox runs it. */
  readonly server?: Pick<RelayServerOptions, "clientCertificateSeconds" | "renewalDemandsToken" | "approvesUnseen">;
}

/** What a test may know about an installed hub. */
export interface HubFacts {
  readonly generation: RelayGeneration;
  readonly namespace: string;
  readonly version: string;
  readonly insecure: boolean;
  readonly simpleTls: boolean;
  readonly ownCertificates: boolean;
  /** Replicas with which the hub has been installed. */
  readonly replicas: number;
  /** `ca.crt` of the root CA's Secret, which is public: one root, or two while the root is being replaced. */
  readonly rootCaPem: string;
  /** Of the first certificate in it: SHA-256, as `AB:CD:…`. */
  readonly rootCaFingerprint: string;
  /** The hub's PKI, for making good and bad client certificates. */
  readonly certificates: HubCertificates;
  /** Names in the server certificate. */
  readonly dnsNames: readonly string[];
  /** CAs whose client certificates the server accepts beside those that it signs itself. */
  readonly clientAuthorities: readonly CertificateAuthority[];
  /** The bootstrap token. A function, so that printing the facts does not print it. */
  readonly token: () => string;
}

/** Namespace of a hub that is given none. */
export const defaultNamespace = "gloo-mesh";

/** Decides what is open, and makes the certificates and the token. */
export async function planHub(namespace: string, options: HubOptions): Promise<HubFacts> {
  const dnsNames = options.dnsNames ?? [`*.${namespace}`];
  const certificates = options.certificates ?? (await createHubCertificates({ dnsNames }));
  const token = randomBytes(32).toString("hex");
  const generation = generationOf(options);
  return {
    generation,
    namespace,
    version: versionOf(options),
    insecure: options.insecure ?? false,
    simpleTls: options.simpleTls ?? false,
    ownCertificates: options.ownCertificates ?? false,
    replicas: options.replicas ?? 1,
    rootCaPem: certificates.root.certificatePem,
    rootCaFingerprint: fingerprint(certificates.root.certificatePem),
    certificates,
    dnsNames,
    clientAuthorities: options.clientAuthorities ?? [],
    token: () => token,
  };
}

/** The row of the generation. */
export function generationOf({ generation = "1.x" }: Pick<HubOptions, "generation">): RelayGeneration {
  return generations[generation];
}

/** The version of the server. */
export function versionOf(hub: Pick<HubOptions, "generation" | "version" | "image">): string {
  return hub.version ?? (imageVersion(hub.image ?? "") || generationOf(hub).defaultVersion);
}
