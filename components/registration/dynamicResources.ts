import * as pulumi from "@pulumi/pulumi";
import type { CertificateExpiry } from "../certificates/expiry";
import type { ProofLevel, ProofSeconds } from "../glooMesh/proofFacts";
import type { BootstrapTokenInputs, ClientCertificateInputs, PreparationInputs } from "../operations/shared/inputs";
import { type OperationsName, providerText } from "./providerText";

/** The same fields, each also as an Output. */
type AsInputs<T> = { readonly [K in keyof T]: pulumi.Input<T[K]> };

/**
 * A resource of Pulumi's own dynamic provider, as `pulumi.dynamic.Resource` makes them, with a provider that needs no serialisation.
 * The module `gloo-mesh-relay` is part of every URN: never change it without an alias.
 */
abstract class DynamicResource extends pulumi.CustomResource {
  constructor(
    type: string,
    operations: OperationsName,
    name: string,
    props: Readonly<Record<string, unknown>>,
    opts: pulumi.CustomResourceOptions,
  ) {
    super(
      `pulumi-nodejs:dynamic/gloo-mesh-relay:${type}`,
      name,
      { ...props, __provider: providerText(operations) },
      opts,
    );
  }
}

/**
 * The ground of a registration on the remote cluster: proves which cluster it is before anything is written to it, removes the client
 * certificate of an earlier registration, and clears a Helm release that a killed run left unfinished.
 */
export class Preparation extends DynamicResource {
  /** How often an unfinished Helm release was cleared. Part of the release's description, so that clearing leads to an upgrade. */
  declare readonly recoveries: pulumi.Output<number>;

  constructor(name: string, args: AsInputs<PreparationInputs>, opts: pulumi.CustomResourceOptions) {
    super("Preparation", "preparation", name, { recoveries: undefined, ...args }, opts);
  }
}

/** The bootstrap token on the remote cluster, present only while the agent needs it. */
export class BootstrapToken extends DynamicResource {
  /** Counts the times the token was put there; a new number makes the proof run again. */
  declare readonly bootstraps: pulumi.Output<number>;
  /** When the token was written last, ISO 8601. */
  declare readonly writtenAt: pulumi.Output<string>;

  constructor(name: string, args: AsInputs<BootstrapTokenInputs>, opts: pulumi.CustomResourceOptions) {
    const outputs = { bootstraps: undefined, writtenAt: undefined };
    super("BootstrapToken", "bootstrapToken", name, { ...outputs, ...args }, opts);
  }
}

/** Waits for the client certificate, verifies it, and removes the token: the proof of the registration. */
export class ClientCertificate extends DynamicResource {
  declare readonly fingerprint: pulumi.Output<string>;
  declare readonly serialNumber: pulumi.Output<string>;
  declare readonly issuer: pulumi.Output<string>;
  declare readonly notBefore: pulumi.Output<string>;
  declare readonly notAfter: pulumi.Output<string>;
  declare readonly dnsNames: pulumi.Output<string[]>;
  /** When it ends, and when those end that lie with it; undefined in a state from before it was kept, until the next proof or refresh. */
  declare readonly certificates: pulumi.Output<CertificateExpiry[] | undefined>;
  declare readonly proof: pulumi.Output<ProofLevel>;
  declare readonly tokenExposureSeconds: pulumi.Output<number>;
  declare readonly seconds: pulumi.Output<ProofSeconds>;

  constructor(name: string, args: AsInputs<ClientCertificateInputs>, opts: pulumi.CustomResourceOptions) {
    const outputs = {
      fingerprint: undefined,
      serialNumber: undefined,
      issuer: undefined,
      notBefore: undefined,
      notAfter: undefined,
      dnsNames: undefined,
      certificates: undefined,
      proof: undefined,
      tokenExposureSeconds: undefined,
      seconds: undefined,
    };
    super("ClientCertificate", "clientCertificate", name, { ...outputs, ...args }, opts);
  }
}
