import { Provider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import { awaitedLater } from "../base/async";
import { isMap, jsonInOrder } from "../base/json";
import { RegistrationError } from "../base/problems";
import { kindFault } from "../glooMesh/argumentFaults";
import { type ClusterAccess, isKubeconfigContent } from "../kubernetes/access";
import type { KubernetesClient } from "../kubernetes/client";
import type { Lookups } from "../kubernetes/lookups";
import { asResourceError } from "./resourceError";
import { sharedAccesses } from "./sharedAccess";

/** Arguments of a {@link ClusterConnection}: how kubectl would find the cluster. */
export interface ClusterConnectionArgs {
  /**
   * Path of a kubeconfig file, or its content. Default: what kubectl takes, `$KUBECONFIG` or `~/.kube/config`.
   * A path keeps credentials out of Pulumi state; content is kept there as a secret, because `destroy` needs it.
   * An output that holds a map, such as that of pulumi-eks, counts as content. Errors: GMR101, GMR102, GMR013.
   */
  readonly kubeconfig?: pulumi.Input<string>;
  /** Name of a context in the kubeconfig. Default: its current context. Errors: GMR103, GMR013. */
  readonly context?: pulumi.Input<string>;
}

/**
 * One Kubernetes cluster: the Kubernetes provider for it, and the same access for the lookups and waits. Connections with the same
 * arguments share what they read of the cluster.
 *
 * The provider is bound to the cluster's identity (the UID of its kube-system namespace). When the context comes to mean another
 * cluster, Pulumi therefore replaces what was registered instead of taking the new cluster for the old one.
 *
 * Errors: GMR013 when an argument is of another kind; GMR101 to GMR118 when the kubeconfig cannot be used or the cluster cannot be reached.
 */
export class ClusterConnection extends pulumi.ComponentResource implements Lookups {
  /**
   * The Kubernetes provider for this cluster, made for registrations: it takes over an object that exists already instead of refusing it
   * (`upsertExistingObjects`). For resources of your own make a provider of your own.
   */
  readonly provider: Provider;
  /**
   * How the cluster is reached; secret when the kubeconfig was given as content.
   * @internal
   */
  readonly access: pulumi.Output<ClusterAccess>;
  /** UID of the kube-system namespace; unknown in a preview in which the cluster does not exist yet. */
  readonly identity: pulumi.Output<string>;

  private readonly shared = sharedAccesses();

  constructor(name: string, args: ClusterConnectionArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    super("gloo-mesh-relay:index:Cluster", name, {}, opts);

    const kubeconfig = this.given(args.kubeconfig, (value) => hideContent(textOf("kubeconfig", contentOfMap(value))));
    const context = this.given(args.context, (value) => pulumi.output(textOf("context", value)));
    this.access = pulumi.output({ kubeconfig, context });
    this.identity = this.access.apply((access) => this.readIdentity(access));
    this.provider = new Provider(
      name,
      {
        kubeconfig: kubeconfig as pulumi.Output<string>,
        context: context as pulumi.Output<string>,
        clusterIdentifier: this.identity,
        // A changed root CA is then an update in place; otherwise there is a moment without the Secret.
        enableSecretMutable: true,
        // A run that was killed between the API call and its recording is resumed. Objects of others are refused beforehand.
        upsertExistingObjects: true,
      },
      { parent: this },
    );
    this.registerOutputs({ identity: this.identity });
  }

  /** An argument as `read` takes it; a problem with it is a Pulumi error on this cluster. */
  private given<T>(
    argument: pulumi.Input<string> | undefined,
    read: (value: unknown) => pulumi.Output<T>,
  ): pulumi.Output<T> {
    return pulumi.output(argument).apply((value) => {
      try {
        return read(value);
      } catch (error) {
        throw asResourceError(error, this);
      }
    });
  }

  /**
   * Notes that a registration with these marks is declared on this management cluster in this run.
   * @internal
   */
  declare(marks: readonly string[]): void {
    this.access.apply((access) => {
      for (const mark of marks) this.shared(access).marks.add(mark);
    });
  }

  /**
   * Marks of the registrations that are declared on this management cluster in this run. Others of the stack are deregistered.
   * @internal
   */
  declaredMarks(access: ClusterAccess): ReadonlySet<string> {
    return this.shared(access).marks;
  }

  /**
   * The identity, read once; a failure is a Pulumi error on the connection that asked first, the same object for all.
   * @internal
   */
  async readIdentity(access: ClusterAccess): Promise<string> {
    const shared = this.shared(access);
    shared.identity ??= shared.lookups.readIdentity(access).catch((error) => {
      throw asResourceError(error, this);
    });
    return awaitedLater(shared.identity);
  }

  /**
   * One read of the cluster, shared by all who ask under the same key in this run, so that N registrations against one management
   * cluster read it once.
   * @internal
   */
  lookUp<T>(access: ClusterAccess, key: string, read: (client: KubernetesClient) => Promise<T>): Promise<T> {
    return this.shared(access).lookups.lookUp(access, key, read);
  }
}

/** The connection that an argument is, or a new one of the arguments that it holds. */
export function connectionOf(
  name: string,
  given: ClusterConnection | ClusterConnectionArgs,
  parent: pulumi.Resource,
): ClusterConnection {
  // Also of another copy of this package, which instanceof would not know; any arguments at all would mean the current context.
  if (pulumi.Resource.isInstance(given)) return given as ClusterConnection;
  return new ClusterConnection(name, isMap(given) ? given : {}, { parent });
}

/** Content of a kubeconfig is a secret, a path is not. */
function hideContent(kubeconfig: string | undefined): pulumi.Output<string | undefined> {
  return kubeconfig !== undefined && isKubeconfigContent(kubeconfig)
    ? pulumi.secret(kubeconfig)
    : pulumi.output(kubeconfig);
}

/** The content that a map is, as providers of clusters give it (pulumi-eks). The engine does not keep the order of keys: one map is one text. */
function contentOfMap(value: unknown): unknown {
  return isMap(value) ? jsonInOrder(value) : value;
}

/** The string of an argument, undefined where it is left out or null. Throws GMR013 for another kind. */
function textOf(argument: string, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw new RegistrationError(kindFault(argument, "string"));
  return value;
}
