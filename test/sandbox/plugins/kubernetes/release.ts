// `kubernetes:helm.sh/v3:Release`: a helm release as a Pulumi resource, by way of the helm binary.
import { parse, parseAllDocuments } from "yaml";
import type {
  CheckRequest,
  CheckResult,
  CreateRequest,
  DeleteRequest,
  Difference,
  DiffRequest,
  ReadRequest,
  ResourceOperations,
  UpdateRequest,
} from "../engine/provider";
import { InitFailure } from "../engine/provider";
import type { Host } from "../engine/serve";
import {
  asString,
  hasUnknown,
  isMap,
  type Plain,
  type PlainMap,
  reveal,
  revealMap,
  Secret,
  toPlainMap,
  unknown,
  type Value,
  type ValueMap,
} from "../engine/values";
import { withSecrets } from "./checkpoint";
import { type Cluster, messageOf } from "./cluster";
import { compare, replacements } from "./compare";
import { type Helm, HelmError, type HelmRelease } from "./helm";
import { generatedName } from "./naming";
import {
  asPlainMap,
  chartFlags,
  chartLogin,
  chartReference,
  completeInputs,
  installArguments,
  mergeMaps,
  uninstallArguments,
  upgradeArguments,
  valuesInput,
} from "./releaseInputs";
import { unreachableOnRead } from "./unreachable";

/** Type token of a release. */
export const releaseType = "kubernetes:helm.sh/v3:Release";

const inputsKey = "__inputs";

export class Releases implements ResourceOperations {
  constructor(
    private readonly cluster: Cluster,
    private readonly helm: Helm,
    private readonly host: Host,
  ) {}

  /** Completes the inputs and loads the chart, so that a wrong version or repository shows in a preview already. */
  async check(request: CheckRequest): Promise<CheckResult> {
    const oldName = asString(request.olds["name"]);
    const given = request.news["name"] !== undefined;
    const name = given ? "" : (oldName ?? generatedName(request));
    const inputs = completeInputs(request.news, name, this.cluster.namespace);
    if (hasUnknown(inputs)) return { inputs };
    try {
      const plain = toPlainMap(inputs);
      const shown = await this.helm.local(
        ["show", "chart", chartReference(plain), ...chartFlags(plain)],
        chartLogin(plain),
      );
      // A constraint such as ">= 1.2" becomes the version that it stands for today.
      const { version } = parse(shown) as { version: string };
      return { inputs: { ...inputs, version } };
    } catch (error) {
      const reason = `${messageOf(error)}; check the chart name and repository configuration.`;
      return { inputs, failures: [{ property: "chart", reason }] };
    }
  }

  async diff(request: DiffRequest): Promise<Difference> {
    const news = revealMap(request.news);
    const existing = keepKnown(revealMap(request.olds), [oldInputs(request.olds), news]);
    const detail = compare(
      isMap(existing) ? existing : {},
      news,
      ([first]) => first === "name" || first === "namespace",
    );
    for (const path of detail.keys()) if (request.ignoreChanges.includes(path)) detail.delete(path);
    const diffs = [...new Set([...detail.keys()].map((path) => path.split(/[.[]/)[0] ?? path))];
    return { changed: detail.size > 0, replaces: replacements(detail), diffs, detail };
  }

  async create(request: CreateRequest): Promise<{ id: string; outputs: ValueMap }> {
    if (request.preview) return { id: "", outputs: previewed(request.inputs) };
    this.needCluster("create");
    const inputs = toPlainMap(request.inputs);
    const id = `${inputs["namespace"]}/${inputs["name"]}`;
    const started = Date.now();
    try {
      const installed = await this.helm.run(installArguments(inputs), valuesInput(inputs), chartLogin(inputs));
      return { id, outputs: outputsOf(request.inputs, JSON.parse(installed) as HelmRelease) };
    } catch (error) {
      const release = await this.writtenSince(started, inputs, error);
      this.host.engine.log(
        "warning",
        request.urn,
        `Helm release ${JSON.stringify(inputs["name"])} was created but has status ${release.info.status}: ${messageOf(error)}`,
      );
      throw new InitFailure(
        id,
        outputsOf(request.inputs, release),
        `Helm release ${JSON.stringify(id)} was created, but failed to initialize completely. ${investigate(id, error)}`,
      );
    }
  }

  async read(request: ReadRequest): Promise<{ id: string; outputs: ValueMap; inputs: ValueMap } | undefined> {
    if (!this.cluster.api) return unreachableOnRead(this.cluster, this.host, request);
    const [idNamespace = "", idName = ""] = request.id.split("/");
    const namespace = asString(request.state["namespace"]) ?? idNamespace;
    const name = asString(request.state["name"]) ?? idName;
    const release = await this.helm.find(namespace, name);
    if (!release) return undefined;
    const known = request.state[inputsKey] !== undefined;
    const inputs = known ? secretInputs(request.state) : importedInputs(release, this.cluster.namespace);
    return { id: request.id, inputs, outputs: outputsOf(inputs, release) };
  }

  async update(request: UpdateRequest): Promise<ValueMap> {
    if (request.preview) return previewed(request.news);
    this.needCluster("update");
    const inputs = toPlainMap(request.news);
    const id = `${inputs["namespace"]}/${inputs["name"]}`;
    const started = Date.now();
    try {
      const upgraded = await this.helm.run(upgradeArguments(inputs), valuesInput(inputs), chartLogin(inputs));
      return outputsOf(request.news, JSON.parse(upgraded) as HelmRelease);
    } catch (error) {
      const release = await this.writtenSince(started, inputs, error);
      throw new InitFailure(
        id,
        outputsOf(request.news, release),
        `Helm release ${JSON.stringify(id)} failed to initialize completely. ${investigate(id, error)}`,
      );
    }
  }

  async delete(request: DeleteRequest): Promise<void> {
    if (!this.cluster.api) {
      throw new Error(
        `can't delete Helm Release with unreachable cluster. Reason: ${JSON.stringify(this.cluster.unreachable)}`,
      );
    }
    const { [inputsKey]: _, ...state } = request.state;
    const printed = await this.helm.run(uninstallArguments(toPlainMap(state)));
    const kept = printed.replace(/^release ".*" uninstalled$/m, "").trim();
    if (kept)
      this.host.engine.log("warning", request.urn, `Helm uninstall returned information: ${JSON.stringify(kept)}`);
  }

  private needCluster(operation: "create" | "update"): void {
    if (this.cluster.api) return;
    throw new Error(`can't ${operation} Helm Release with unreachable cluster: ${this.cluster.unreachable}`);
  }

  /**
   * The release that a failed run of helm has left behind.
   * @throws the error of the run when it left nothing: a name in use, an operation in progress, a broken chart
   */
  private async writtenSince(started: number, inputs: PlainMap, error: unknown): Promise<HelmRelease> {
    if (!(error instanceof HelmError)) throw error;
    const release = await this.helm.find(String(inputs["namespace"]), String(inputs["name"])).catch(() => undefined);
    const written = release?.info.last_deployed ? Date.parse(release.info.last_deployed) : 0;
    if (!release || written < started) throw error;
    return release;
  }
}

function investigate(id: string, error: unknown): string {
  return `Use Helm CLI to investigate: failed to become available within allocated timeout. Error: Helm Release ${id}: ${messageOf(error)}`;
}

function outputsOf(inputs: ValueMap, release: HelmRelease): ValueMap {
  const { metadata } = release.chart;
  const plain = toPlainMap(inputs);
  const outputs: ValueMap = {
    ...plain,
    values: mergeMaps(asPlainMap(plain["values"]), release.config ?? {}),
    version: metadata.version,
    resourceNames: resourceNames(release.manifest ?? ""),
    status: {
      appVersion: metadata.appVersion ?? "",
      chart: metadata.name,
      name: release.name,
      namespace: release.namespace,
      revision: release.version,
      status: release.info.status,
      version: metadata.version,
    },
  };
  return { ...withSecrets(outputs, inputs), [inputsKey]: new Secret(inputs) };
}

function previewed(inputs: ValueMap): ValueMap {
  return { ...inputs, resourceNames: unknown, status: unknown, [inputsKey]: new Secret(inputs) };
}

function importedInputs(release: HelmRelease, namespace: string): ValueMap {
  const { metadata } = release.chart;
  const found = {
    chart: metadata.name,
    name: release.name,
    namespace: release.namespace,
    values: release.config ?? {},
    version: metadata.version,
  };
  return completeInputs(found, release.name, namespace);
}

function secretInputs(state: ValueMap): ValueMap {
  const inputs = state[inputsKey];
  const bag = inputs instanceof Secret ? inputs.value : inputs;
  return bag !== undefined && isMap(bag) ? bag : {};
}

function oldInputs(state: ValueMap): ValueMap {
  return revealMap(secretInputs(state));
}

/** Keeps what one of the models knows: values that only the chart or helm has added are no difference. */
function keepKnown(value: Value, models: readonly Value[]): Value {
  const maps = models.map(reveal).filter(isMap);
  if (!isMap(value) || maps.length === 0) return value;
  const kept = Object.entries(value).filter(([key]) => maps.some((model) => key in model));
  return Object.fromEntries(
    kept.map(([key, child]) => [
      key,
      keepKnown(
        child,
        maps.flatMap((model) => model[key] ?? []),
      ),
    ]),
  );
}

/** Names of the objects in a manifest by `Kind/apiVersion`, as the official plugin groups them. */
function resourceNames(manifest: string): PlainMap {
  const names: { [type: string]: Plain[] } = {};
  for (const document of parseAllDocuments(manifest)) {
    const object = asPlainMap(document.toJS() as Plain);
    const metadata = asPlainMap(object["metadata"]);
    if (typeof metadata["name"] !== "string") continue;
    const name = metadata["namespace"] ? `${metadata["namespace"]}/${metadata["name"]}` : metadata["name"];
    const type = `${object["kind"]}/${object["apiVersion"]}`;
    names[type] = [...(names[type] ?? []), name];
  }
  return names;
}
