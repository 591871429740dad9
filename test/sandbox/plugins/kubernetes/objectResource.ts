// Kubernetes objects as Pulumi resources: `kubernetes:core/v1:Secret` and every other kind, custom resources included.
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
import { equal, hasUnknown, type PlainMap, toPlainMap, type ValueMap } from "../engine/values";
import { NoMatch } from "./api";
import { dashesToUnderscores, fromState, toApi, toState, withSecrets } from "./checkpoint";
import { type Cluster, isNamespaced, messageOf, objectsOf, serves } from "./cluster";
import { compare, inputsAfterDrift, replacements } from "./compare";
import { isAutonamed, nameObject } from "./naming";
import {
  contains,
  idOf,
  importedInputs,
  inNamespaceOf,
  mapIn,
  parseId,
  refuseUnsupported,
  typeOf,
  withIgnored,
  withoutServerFields,
  withStringData,
} from "./objectInputs";
import { type ObjectRef, refOf } from "./objects";
import { replacingFields } from "./replacing";
import { unreachableOnDelete, unreachableOnRead } from "./unreachable";
import { Writer } from "./writer";

export class ObjectResources implements ResourceOperations {
  constructor(
    private readonly cluster: Cluster,
    private readonly host: Host,
  ) {}

  async check(request: CheckRequest): Promise<CheckResult> {
    const inputs = withoutServerFields(toApi(request.news));
    refuseUnsupported(request.type, inputs);
    nameObject(inputs, request);
    const metadata = mapIn(inputs, "metadata");
    const [apiVersion, kind] = typeOf(inputs, request.type);
    if (metadata["namespace"] === undefined && (await isNamespaced(this.cluster, apiVersion, kind))) {
      metadata["namespace"] = this.cluster.namespace;
    }
    return { inputs: withSecrets(dashesToUnderscores({ ...inputs, metadata }), request.news) };
  }

  async diff(request: DiffRequest): Promise<Difference> {
    const { inputs: olds, live } = fromState(request.olds);
    const news = toApi(request.news);
    const { secretsMutable, configMapsMutable } = this.cluster.settings;
    const replacing = replacingFields(news, { secrets: secretsMutable, configMaps: configMapsMutable });
    const detail = compare(inNamespaceOf(live, withoutServerFields(olds)), inNamespaceOf(live, news), replacing);
    for (const path of detail.keys()) {
      if (request.ignoreChanges.some((ignored) => contains(ignored, path))) detail.delete(path);
    }
    const replaces = replacements(detail);
    const sameIdentity = ["name", "namespace"].every((key) =>
      equal(mapIn(inNamespaceOf(live, news), "metadata")[key], mapIn(live, "metadata")[key]),
    );
    return {
      changed: detail.size > 0,
      replaces,
      detail,
      ofInputs: true,
      // Two objects of one name cannot live side by side; a generated name is simply generated anew.
      deleteBeforeReplace: replaces.length > 0 && sameIdentity && !isAutonamed(news),
    };
  }

  async create(request: CreateRequest): Promise<{ id: string; outputs: ValueMap }> {
    const inputs = toApi(request.inputs);
    const [apiVersion, kind] = typeOf(inputs, request.type);
    // What cannot be tried is shown as it is: unknown values, a kind whose definition the same run creates, no cluster.
    const untried = { id: "", outputs: request.inputs };
    const { settings } = this.cluster;
    if (
      request.preview &&
      (hasUnknown(inputs) || !settings.serverSideApply || !(await serves(this.cluster, apiVersion, kind)))
    ) {
      return untried;
    }
    const writer = this.writer(request.urn);
    const object = toPlainMap(inputs);
    const manager = writer.managerOf(object);
    const state = (live: PlainMap) => toState({ inputs, live, manager, initialApiVersion: apiVersion }, request.inputs);
    if (request.preview) {
      const tried = await writer.tryCreate(object, manager);
      if (!tried) return untried;
      const { status: _, ...live } = tried;
      return { id: "", outputs: state(live) };
    }
    const failed = "was not successfully created by the Kubernetes API server";
    const created = await this.explained({ urn: request.urn, type: `${apiVersion}/${kind}`, failed }, () =>
      writer.create(object, manager),
    );
    const id = idOf(created);
    try {
      return { id, outputs: state(await writer.untilReady(created, request.timeout)) };
    } catch (error) {
      throw new InitFailure(
        id,
        state((await objectsOf(this.cluster).find(refOf(created))) ?? created),
        `resource ${JSON.stringify(request.urn)} was successfully created, but it failed to become ready: ${messageOf(error)}`,
      );
    }
  }

  async read(request: ReadRequest): Promise<{ id: string; outputs: ValueMap; inputs: ValueMap } | undefined> {
    if (!this.cluster.api) return unreachableOnRead(this.cluster, this.host, request);
    const checkpoint = fromState(request.state);
    const oldInputs = withoutServerFields(toApi(request.inputs));
    const [apiVersion, kind] = typeOf(oldInputs, request.type, checkpoint.live);
    const live = await objectsOf(this.cluster).find({ apiVersion, kind, ...parseId(request.id) });
    if (!live) return undefined;
    const imported = Object.keys(oldInputs).length === 0;
    const inputs = imported
      ? importedInputs(live)
      : inputsAfterDrift(
          oldInputs,
          withStringData(checkpoint.live, oldInputs),
          withStringData({ ...live, apiVersion, kind }, oldInputs),
        );
    const outputs = toState(
      {
        inputs,
        live: { ...live, apiVersion, kind },
        manager: this.writer(request.urn).managerOf({}, checkpoint.manager),
        initialApiVersion: checkpoint.initialApiVersion ?? apiVersion,
      },
      request.inputs,
    );
    return { id: request.id, outputs, inputs: withSecrets(dashesToUnderscores(inputs), request.inputs) };
  }

  async update(request: UpdateRequest): Promise<ValueMap> {
    const inputs = toApi(request.news);
    const { inputs: oldInputs, live, manager, initialApiVersion } = fromState(request.olds);
    const [apiVersion, kind] = typeOf(inputs, request.type);
    if (request.preview && (hasUnknown(inputs) || !(await serves(this.cluster, apiVersion, kind)))) return request.news;

    const writer = this.writer(request.urn);
    const ref: ObjectRef = { apiVersion, kind, ...parseId(request.id) };
    const state = (object: PlainMap) =>
      toState(
        { inputs, live: object, manager: name, initialApiVersion: initialApiVersion ?? apiVersion },
        request.news,
      );
    const wanted = withIgnored(toPlainMap(inputs), toPlainMap(live), request.ignoreChanges);
    const name = writer.managerOf(wanted, manager);
    const before = toPlainMap(oldInputs);
    const failed = "was not successfully updated by the Kubernetes API server";
    const written = await this.explained({ urn: request.urn, type: `${apiVersion}/${kind}`, failed }, () =>
      writer.update(ref, { wanted, before, manager: name, preview: request.preview }),
    );
    if (!written) return request.news;
    if (request.preview) return state(written);
    try {
      return state(await writer.untilReady(written, request.timeout));
    } catch (error) {
      throw new InitFailure(
        request.id,
        state((await objectsOf(this.cluster).find(ref)) ?? written),
        `${JSON.stringify(request.id)} was updated, but it failed to become ready: ${messageOf(error)}`,
      );
    }
  }

  async delete(request: DeleteRequest): Promise<void> {
    if (!this.cluster.api) return unreachableOnDelete(this.cluster, this.host, request.urn);
    const { live } = fromState(request.state);
    const [apiVersion, kind] = typeOf(live, request.type);
    await this.writer(request.urn).delete(
      { apiVersion, kind, ...parseId(request.id) },
      toPlainMap(live),
      request.timeout,
    );
  }

  private writer(urn: string): Writer {
    return new Writer(objectsOf(this.cluster), this.cluster.settings, this.host, urn);
  }

  /** Puts the resource and what was tried around the API server's words. */
  private async explained<Result>(
    attempt: { urn: string; type: string; failed: string },
    write: () => Promise<Result>,
  ): Promise<Result> {
    const resource = `resource ${JSON.stringify(attempt.urn)}`;
    try {
      return await write();
    } catch (error) {
      if (error instanceof NoMatch) {
        throw new Error(
          `${resource} with kind ${attempt.type} failed because the Kubernetes API server does not serve its ` +
            `apiVersion. Verify that any required CRDs have been created: ${error.message}`,
        );
      }
      throw new Error(`${resource} ${attempt.failed}: ${messageOf(error)}`);
    }
  }
}
