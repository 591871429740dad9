import type { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import type { Namespace } from "@pulumi/kubernetes/core/v1/namespace";
import type { Secret } from "@pulumi/kubernetes/core/v1/secret";
import type { Release } from "@pulumi/kubernetes/helm/v3/release";
import type * as pulumi from "@pulumi/pulumi";
import { isKnownOutput, settled } from "../base/internals/outputInternals";
import { otherWriterOf } from "../glooMesh/ownership";
import type { KubernetesObject } from "../kubernetes/objects";
import type { EngineChanges } from "../plan/engineChanges";
import type { PlanStep } from "../plan/planMessage";
import type { Checked } from "./context";
import type { BootstrapToken, ClientCertificate, Preparation } from "./dynamicResources";

/** The children of a registration that show, in a preview, what the engine is about to do. */
export interface PlannedChildren {
  readonly preparation: Preparation;
  readonly namespace: Namespace | undefined;
  readonly root: Secret | undefined;
  /** Undefined where another tool owns it. */
  readonly kubernetesCluster: CustomResource | undefined;
  readonly token: BootstrapToken | undefined;
  /** Undefined where the agent's chart contains the CRDs, or others install them. */
  readonly crds: Release | undefined;
  /** Undefined for a provided agent. */
  readonly agent: Release | undefined;
  readonly certificate: ClientCertificate;
}

/**
 * What the engine is about to do. In a preview it does not know the outputs of what it changes; a declared object that it leaves alone has the resource
 * version of Pulumi's state, which is not the present one if someone else has written since.
 */
export async function engineChanges(
  { preparation, namespace, root, kubernetesCluster, token, crds, agent, certificate }: PlannedChildren,
  { remote, kubernetesClusters }: Checked["seen"],
): Promise<EngineChanges> {
  // A child that cannot be registered has an error of its own.
  const isChanged = async (output: object | undefined) =>
    output !== undefined && !(await isKnownOutput(output).catch(() => true));
  const edited = new Map<PlanStep, string | undefined>();
  const compare = async (
    step: PlanStep,
    metadata: pulumi.Output<{ readonly resourceVersion?: string }> | undefined,
    present?: KubernetesObject,
  ) => {
    const version = metadata && (await settled(metadata.apply(({ resourceVersion }) => resourceVersion)));
    if (version !== undefined && present && version !== present.metadata.resourceVersion) {
      edited.set(step, otherWriterOf(present));
    }
  };
  const name = kubernetesCluster && (await settled(kubernetesCluster.metadata.name));
  await compare("namespace", namespace?.metadata, remote.namespace);
  await compare("root-certificate", root?.metadata, remote.root);
  await compare(
    "kubernetes-cluster",
    kubernetesCluster?.metadata,
    kubernetesClusters.find((one) => one.metadata.name === name),
  );
  return {
    preparation: await isChanged(preparation.recoveries),
    token: await isChanged(token?.bootstraps),
    crds: await isChanged(crds?.status),
    agent: await isChanged(agent?.status),
    certificate: await isChanged(certificate.proof),
    edited,
  };
}
