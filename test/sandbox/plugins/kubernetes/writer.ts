// Writes one resource's object: create, update, wait, delete, with the retries and takeovers that belong to them.
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Host } from "../engine/serve";
import type { Plain, PlainMap } from "../engine/values";
import { ApiError } from "./api";
import { messageOf } from "./cluster";
import { adoptFields, mustForce } from "./managers";
import { asMap, createManager, isMissing, metadataOf, type ObjectRef, type Objects, refOf } from "./objects";
import { readiness, timeoutSeconds, unawaited } from "./readiness";
import type { Settings } from "./settings";

const attempts = 6;

export class Writer {
  constructor(
    private readonly objects: Objects,
    private readonly settings: Settings,
    private readonly host: Host,
    private readonly urn: string,
  ) {}

  /** A name for this resource's share of an object's fields: the one that the object asks for, that of the state, or a new one. */
  managerOf(object: PlainMap, former?: string): string {
    const asked = asMap(metadataOf(object)["annotations"])["pulumi.com/patchFieldManager"];
    if (this.settings.serverSideApply && typeof asked === "string") return asked;
    if (former !== undefined) return former;
    return this.settings.serverSideApply ? `${createManager}-${randomBytes(4).toString("hex")}` : createManager;
  }

  /** Dry-runs a create. @returns undefined when that says nothing: not allowed, there already, namespace still missing */
  async tryCreate(object: PlainMap, manager: string): Promise<PlainMap | undefined> {
    try {
      if (this.settings.upsert) return await this.objects.apply(object, { manager, force: true, dryRun: true });
      return await this.objects.create(object, { dryRun: true });
    } catch (error) {
      if (error instanceof ApiError && [403, 404, 409].includes(error.code)) return undefined;
      if (error instanceof ApiError && error.code === 400 && /dry.?run/i.test(error.message)) return undefined;
      throw error;
    }
  }

  /** Creates the object; waits a while for its namespace and its kind, which may be on their way. */
  async create(object: PlainMap, manager: string): Promise<PlainMap> {
    for (let attempt = 1; ; attempt++) {
      try {
        return this.settings.upsert && this.settings.serverSideApply
          ? await this.objects.apply(object, { manager, force: this.forces(object), dryRun: false })
          : await this.objects.create(object, { dryRun: false });
      } catch (error) {
        if (isAlreadyThere(error)) throw new Error(alreadyThere(error.message));
        const early = isMissing(error) && attempt < attempts;
        if (!early) throw conflictExplained(error, manager);
        this.host.engine.status(this.urn, `Retry #${attempt - 1}; creation failed: ${messageOf(error)}`);
        await sleep(1000 * 2 ** (attempt - 1), undefined, { signal: this.host.signal });
      }
    }
  }

  /** Brings an existing object to what is wanted. @returns undefined when a preview may not try that */
  async update(
    ref: ObjectRef,
    change: { wanted: PlainMap; before: PlainMap; manager: string; preview: boolean },
  ): Promise<PlainMap | undefined> {
    const { wanted, manager, preview } = change;
    try {
      let live = await this.objects.get(ref);
      if (!this.settings.serverSideApply) {
        return await this.objects.mergePatch(ref, mergePatch(change.before, wanted), { dryRun: preview });
      }
      const force = this.forces(wanted) || mustForce(live, preview);
      if (!preview) {
        const adopted = adoptFields(live, manager);
        if (adopted) live = await this.objects.replaceManagers(live, adopted);
      }
      return await this.objects.apply(wanted, { manager, force, dryRun: preview });
    } catch (error) {
      if (preview && error instanceof ApiError && error.code === 403) return undefined;
      throw conflictExplained(error, manager);
    }
  }

  /** Waits until the object is ready, as far as its kind knows readiness. @throws when time is up */
  async untilReady(object: PlainMap, customTimeout: number): Promise<PlainMap> {
    const skipped = unawaited(object);
    if (skipped) this.host.engine.log("warning", this.urn, `the stand-in plugin does not wait for ${skipped}`);
    const ready = readiness(object);
    if (!ready) return object;
    const seconds = timeoutSeconds(object, customTimeout);
    const live = await this.objects.follow(
      refOf(object),
      (current) => current !== undefined && ready(current),
      this.deadline(seconds, `not ready after ${seconds} s`),
    );
    this.host.engine.status(this.urn, "");
    return live ?? object;
  }

  /** Deletes the object and waits until it is gone; one that is gone already is fine. */
  async delete(ref: ObjectRef, live: PlainMap, customTimeout: number): Promise<void> {
    try {
      await this.objects.delete(ref);
    } catch (error) {
      if (isMissing(error)) return;
      throw error;
    }
    const seconds = timeoutSeconds(live, customTimeout);
    const uid = metadataOf(live)["uid"];
    this.host.engine.status(this.urn, "Resource scheduled for deletion");
    await this.objects.follow(
      ref,
      // Another object under the same name means that ours is gone.
      (current) => current === undefined || (uid !== undefined && metadataOf(current)["uid"] !== uid),
      this.deadline(seconds, `still there ${seconds} s after it was deleted; finalizers may hold it`),
    );
    this.host.engine.status(this.urn, "");
  }

  private forces(object: PlainMap): boolean {
    return this.settings.patchForce || asMap(metadataOf(object)["annotations"])["pulumi.com/patchForce"] === "true";
  }

  private deadline(seconds: number, message: string): AbortSignal {
    const expired = new AbortController();
    setTimeout(() => expired.abort(new Error(message)), seconds * 1000).unref();
    return AbortSignal.any([expired.signal, this.host.signal]);
  }
}

function isAlreadyThere(error: unknown): error is ApiError {
  return error instanceof ApiError && error.reason === "AlreadyExists";
}

function alreadyThere(message: string): string {
  return (
    `${message}\n\nAn object of this name is in the cluster already. What may help:\n\n` +
    "  - the resource was renamed in the program: give it an alias\n" +
    "  - only some fields of a foreign object are wanted: use a Patch resource\n" +
    "  - the object shall belong to this stack from now on: `pulumi import`\n" +
    "  - existing objects shall always be taken over: set upsertExistingObjects on the provider"
  );
}

function conflictExplained(error: unknown, manager: string): unknown {
  if (!(error instanceof ApiError) || error.reason !== "Conflict") return error;
  return new Error(
    `server-side apply field conflict detected: field manager ${JSON.stringify(manager)} may not change what another ` +
      `manager has set: ${error.message}`,
  );
}

function mergePatch(before: PlainMap, wanted: PlainMap): PlainMap {
  const patch: PlainMap = {};
  for (const key of Object.keys(before)) if (!(key in wanted)) patch[key] = null;
  for (const [key, value] of Object.entries(wanted)) patch[key] = mergeValue(before[key], value);
  return patch;
}

function mergeValue(before: Plain | undefined, wanted: Plain): Plain {
  const isObject = (value: Plain | undefined): value is PlainMap =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject(before) && isObject(wanted) ? mergePatch(before, wanted) : wanted;
}
