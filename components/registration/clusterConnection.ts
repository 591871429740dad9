import { Provider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import { awaitedLater } from "../base/async";
import { settled } from "../base/internals/outputInternals";
import { isMap, jsonInOrder } from "../base/json";
import { nodeFault } from "../base/nodeVersion";
import { kindFault } from "../glooMesh/argumentFaults";
import { type ClusterAccess, isKubeconfigContent } from "../kubernetes/access";
import type { KubernetesClient } from "../kubernetes/client";
import type { Lookups } from "../kubernetes/lookups";
import { asResourceError, RegistrationResourceError } from "./resourceError";
import { declarationsOfRun, sharedAccesses } from "./sharedAccess";

/** Arguments of a {@link ClusterConnection}: the kubeconfig and the context, as for kubectl. */
export interface ClusterConnectionArgs {
  /**
   * The kubeconfig. Default: kubectl's, `$KUBECONFIG` or `~/.kube/config`. Form: path of a file, or content as a string or as a map, such as
   * the output of pulumi-eks. With a path Pulumi's state holds no credentials; content is stored there as a secret, because `destroy` needs it.
   * Errors: GMR101, GMR102, GMR013.
   */
  readonly kubeconfig?: pulumi.Input<string>;
  /** Name of a context in the kubeconfig. Default: the current context. Errors: GMR103, GMR013. */
  readonly context?: pulumi.Input<string>;
}

/**
 * Access to one Kubernetes cluster, for the resources of a registration and for its checks. Connections with the same arguments share the
 * results of their reads in one run.
 *
 * The provider is bound to the cluster's identity. If the context later means another cluster, Pulumi replaces the registration's resources
 * instead of updating them on the wrong cluster.
 *
 * Errors: GMR013 when an argument is of another kind; GMR101 to GMR118 when the kubeconfig cannot be used or the cluster cannot be reached.
 */
export class ClusterConnection extends pulumi.ComponentResource implements Lookups {
  /**
   * The Kubernetes provider of the registrations on this cluster. It adopts existing objects instead of refusing them
   * (`upsertExistingObjects`): for other resources create another provider.
   */
  readonly provider: Provider;
  /**
   * Kubeconfig and context; secret if the kubeconfig was given as content.
   * @internal
   */
  readonly access: pulumi.Output<ClusterAccess>;
  /** UID of the cluster's namespace kube-system, read through its API server; unknown in a preview while the cluster does not exist. */
  readonly identity: pulumi.Output<string>;

  private readonly shared = sharedAccesses();
  private readonly declarations = declarationsOfRun();

  constructor(name: string, args: ClusterConnectionArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    super("gloo-mesh-relay:index:Cluster", name, {}, opts);
    // Without it, whatever an older Node.js lacks would be reported as a fault of the kubeconfig or of the API server.
    const fault = nodeFault(process.versions.node);
    if (fault !== undefined) throw new pulumi.RunError(fault);

    const context = this.stringOf("context", pulumi.output(args.context));
    const given = pulumi.output(args.kubeconfig).apply(contentOfMap);
    const kubeconfig = this.stringOf("kubeconfig", given).apply(hideContent);
    this.access = pulumi.output({ kubeconfig, context });
    this.identity = this.access.apply((access) => this.readIdentity(access));
    this.provider = new Provider(
      name,
      {
        kubeconfig: kubeconfig as pulumi.Output<string>,
        context: context as pulumi.Output<string>,
        clusterIdentifier: this.identity,
        // A changed root CA then updates the Secret in place. Otherwise the Secret would be missing for a moment.
        enableSecretMutable: true,
        // Resumes a run that was killed between an API call and its record in the state. The checks refuse objects created by someone else.
        upsertExistingObjects: true,
      },
      { parent: this },
    );
    this.registerOutputs({ identity: this.identity });
  }

  /** The string of an argument; undefined if it is omitted or null. Another kind is an error on this connection: GMR013. */
  private stringOf(argument: string, given: pulumi.Output<unknown>): pulumi.Output<string | undefined> {
    return given.apply((value) => {
      if (value === undefined || value === null) return undefined;
      if (typeof value === "string") return value;
      throw new RegistrationResourceError([kindFault(argument, "string")], this);
    });
  }

  /**
   * Records that this run declares a registration with these marks on this management cluster.
   * @internal
   */
  declare(marks: pulumi.Output<readonly string[]>): void {
    const noted = pulumi.all([this.access, marks]).apply(([access, marks]) => {
      for (const mark of marks) this.shared(access).marks.add(mark);
    });
    this.declarations.push(settled(noted));
  }

  /**
   * Marks of the registrations that this run declares on this management cluster. The stack's other registrations are deregistered.
   * @internal
   */
  async declaredMarks(access: ClusterAccess): Promise<ReadonlySet<string>> {
    await Promise.all(this.declarations);
    return this.shared(access).marks;
  }

  /**
   * The identity, read once. A failure is a Pulumi error on the connection that asked first, the same error object for all connections.
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
   * One read of the cluster, shared under its key in this run: all registrations of a management cluster read it once.
   * @internal
   */
  lookUp<T>(access: ClusterAccess, key: string, read: (client: KubernetesClient) => Promise<T>): Promise<T> {
    return this.shared(access).lookups.lookUp(access, key, read);
  }
}

/** The connection given as an argument, or a new connection from the arguments given instead. */
export function connectionOf(
  name: string,
  given: ClusterConnection | ClusterConnectionArgs,
  parent: pulumi.Resource,
): ClusterConnection {
  // isInstance also accepts a connection from another copy of this package. As arguments, a connection would mean the current context.
  if (pulumi.Resource.isInstance(given)) return given as ClusterConnection;
  return new ClusterConnection(name, isMap(given) ? given : {}, { parent });
}

/** Marks the content of a kubeconfig as a secret, and not a path. */
function hideContent(kubeconfig: string | undefined): pulumi.Output<string | undefined> {
  return kubeconfig && isKubeconfigContent(kubeconfig) ? pulumi.secret(kubeconfig) : pulumi.output(kubeconfig);
}

/** A map, such as the output of pulumi-eks, as content. Its keys are sorted, since the engine does not keep their order. */
function contentOfMap(value: unknown): unknown {
  return isMap(value) ? jsonInOrder(value) : value;
}
