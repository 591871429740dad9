import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace";
import { Secret } from "@pulumi/kubernetes/core/v1/secret";
import * as pulumi from "@pulumi/pulumi";
import { readToken } from "../../glooMesh/hubSecrets";
import {
  clusterIdentityAnnotation,
  incarnationKey,
  istioInjection,
  leaveRunningAnnotation,
} from "../../glooMesh/ownership";
import type { SecretPlace } from "../../kubernetes/objects";
import type { RegistrationContext } from "../context";
import type { Preparation } from "../dynamicResources";
import { incarnationOf, markAnnotations, retained } from "./marks";

// The children that are objects of the two clusters, one function each. Each resource type is imported from its own file, since the index of @pulumi/kubernetes
// loads 120 others.

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
