import * as pulumi from "@pulumi/pulumi";
import type { CertificateExpiry } from "../certificates/expiry";
import type { ProofLevel, ProofSeconds } from "../glooMesh/proofFacts";
import type {
  BootstrapTokenInputs,
  ClientCertificateInputs,
  MarkedObject,
  PreparationInputs,
} from "../operations/shared/inputs";
import { type OperationsName, providerText } from "./providerText";

/** The fields of `T` as Pulumi inputs. */
type AsInputs<T> = { readonly [K in keyof T]: pulumi.Input<T[K]> };

/**
 * A resource of Pulumi's dynamic provider, like `pulumi.dynamic.Resource`, but without the serialisation of functions.
 * The module `gloo-mesh-relay` is part of every URN: never change it without an alias.
 */
abstract class DynamicResource extends pulumi.CustomResource {
  /** `outputs` are the names of the fields that the operations add to the inputs. */
  constructor(
    type: Capitalize<OperationsName>,
    name: string,
    inputs: object,
    outputs: readonly string[],
    opts: pulumi.CustomResourceOptions,
  ) {
    const operations = `${type.charAt(0).toLowerCase()}${type.slice(1)}` as OperationsName;
    const unknown = Object.fromEntries(outputs.map((output) => [output, undefined]));
    const props = { ...unknown, ...inputs, __provider: providerText(operations) };
    super(`pulumi-nodejs:dynamic/gloo-mesh-relay:${type}`, name, props, opts);
  }
}

/**
 * Prepares the remote cluster: verifies its identity before the first write, deletes the client certificate of an earlier registration, and
 * clears a Helm release that a killed run left unfinished.
 */
export class Preparation extends DynamicResource {
  /** Number of times that an unfinished Helm release was cleared. It is in the release's description, so that clearing causes an upgrade. */
  declare readonly recoveries: pulumi.Output<number>;
  /** A random value of each preparation, by which its delete recognises that a newer one has taken over. */
  declare readonly incarnation: pulumi.Output<string>;
  /** What earlier runs declared and this one does not. */
  declare readonly previous: pulumi.Output<MarkedObject[]>;
  // The names of the inputs; those of the state if the run leaves the preparation out.
  declare readonly clusterName: pulumi.Output<string>;
  declare readonly namespace: pulumi.Output<string>;
  declare readonly managementNamespace: pulumi.Output<string>;
  declare readonly releaseName: pulumi.Output<string>;
  declare readonly secrets: pulumi.Output<PreparationInputs["secrets"]>;

  constructor(name: string, args: AsInputs<PreparationInputs>, opts: pulumi.CustomResourceOptions) {
    super("Preparation", name, args, ["recoveries", "incarnation", "previous"], opts);
  }
}

/** The bootstrap token on the remote cluster, present only until the agent has its certificate. */
export class BootstrapToken extends DynamicResource {
  /** Number of times that the token was written; a new number runs the proof again. */
  declare readonly bootstraps: pulumi.Output<number>;
  /** Time of the token's last write, ISO 8601. */
  declare readonly writtenAt: pulumi.Output<string>;

  constructor(name: string, args: AsInputs<BootstrapTokenInputs>, opts: pulumi.CustomResourceOptions) {
    super("BootstrapToken", name, args, ["bootstraps", "writtenAt"], opts);
  }
}

/** The proof of the registration: waits for the client certificate, verifies it, and deletes the token. */
export class ClientCertificate extends DynamicResource {
  declare readonly fingerprint: pulumi.Output<string>;
  declare readonly serialNumber: pulumi.Output<string>;
  declare readonly issuer: pulumi.Output<string>;
  declare readonly notBefore: pulumi.Output<string>;
  declare readonly notAfter: pulumi.Output<string>;
  declare readonly dnsNames: pulumi.Output<string[]>;
  /** Expiry of the certificates in the client's Secret; undefined in a state of an older version, until the next proof or refresh. */
  declare readonly certificates: pulumi.Output<CertificateExpiry[] | undefined>;
  declare readonly proof: pulumi.Output<ProofLevel>;
  declare readonly tokenExposureSeconds: pulumi.Output<number>;
  declare readonly seconds: pulumi.Output<ProofSeconds>;

  constructor(name: string, args: AsInputs<ClientCertificateInputs>, opts: pulumi.CustomResourceOptions) {
    const facts = ["fingerprint", "serialNumber", "issuer", "notBefore", "notAfter", "dnsNames", "certificates"];
    super("ClientCertificate", name, args, [...facts, "proof", "tokenExposureSeconds", "seconds"], opts);
  }
}
