// The stand-in for pulumi-resource-kubernetes: sends every request to the part that knows the resource.
import type {
  CheckRequest,
  CheckResult,
  CreateRequest,
  DeleteRequest,
  Difference,
  DiffRequest,
  Provider,
  ReadRequest,
  ResourceOperations,
  UpdateRequest,
} from "../engine/provider";
import type { Host } from "../engine/serve";
import type { ValueMap } from "../engine/values";
import { type Cluster, connect } from "./cluster";
import { Helm } from "./helm";
import { ObjectResources } from "./objectResource";
import { Releases, releaseType } from "./release";
import { checkSettings, diffSettings, readSettings } from "./settings";
import { leaveCopy } from "./temporaryCopy";

export interface KubernetesOptions {
  readonly version: string;
  /** Path of the helm binary. */
  readonly helm: string;
  /** Folder for helm's caches. */
  readonly helmHome: string;
}

export class KubernetesProvider implements Provider {
  readonly version: string;
  readonly schema: string;
  private configured:
    | { readonly cluster: Cluster; readonly objects: ResourceOperations; readonly releases: ResourceOperations }
    | undefined;

  constructor(
    private readonly host: Host,
    private readonly options: KubernetesOptions,
  ) {
    this.version = options.version;
    this.schema = JSON.stringify({ name: "kubernetes", version: options.version });
  }

  async checkConfig(request: CheckRequest): Promise<CheckResult> {
    return checkSettings(request);
  }

  async diffConfig(request: DiffRequest): Promise<Difference> {
    return diffSettings(request);
  }

  async configure(variables: ReadonlyMap<string, string>): Promise<void> {
    const settings = readSettings(variables);
    leaveCopy(settings.kubeconfig);
    const cluster = await connect(settings, `pulumi-kubernetes-stand-in/${this.version}`, this.host.signal);
    const helm = new Helm(this.options.helm, this.options.helmHome, settings, this.host.signal);
    this.configured = {
      cluster,
      objects: new ObjectResources(cluster, this.host),
      releases: new Releases(cluster, helm, this.host),
    };
  }

  async check(request: CheckRequest): Promise<CheckResult> {
    const { cluster } = this.ready();
    if (!cluster.api && cluster.settings.skipUpdateUnreachable) {
      this.host.engine.log(
        "warning",
        request.urn,
        "the cluster is unreachable: skipped, because skipUpdateUnreachable is set",
      );
      return { inputs: request.olds };
    }
    return await this.operations(request.type).check(request);
  }

  async diff(request: DiffRequest): Promise<Difference> {
    return await this.operations(request.type).diff(request);
  }

  async create(request: CreateRequest): Promise<{ id: string; outputs: ValueMap }> {
    return await this.operations(request.type).create(request);
  }

  async read(request: ReadRequest): Promise<{ id: string; outputs: ValueMap; inputs: ValueMap } | undefined> {
    return await this.operations(request.type).read(request);
  }

  async update(request: UpdateRequest): Promise<ValueMap> {
    return await this.operations(request.type).update(request);
  }

  async delete(request: DeleteRequest): Promise<void> {
    await this.operations(request.type).delete(request);
  }

  private operations(type: string): ResourceOperations {
    const { releases, objects } = this.ready();
    return type === releaseType ? releases : objects;
  }

  private ready() {
    if (!this.configured) throw new Error("the provider was not configured");
    return this.configured;
  }
}
