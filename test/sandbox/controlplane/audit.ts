import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { ControlPlane } from "./controlPlane";

/** One request that the API server has answered. */
export interface AuditEvent {
  readonly verb: string;
  /** Name of the user; "admin" for the administrator of the sandbox. */
  readonly user: string;
  /** Plural, with the subresource behind a slash ("deployments/scale"); empty for paths such as /version. */
  readonly resource: string;
  readonly apiGroup: string;
  /** Empty for cluster-wide objects, as `name` is for lists. */
  readonly namespace: string;
  readonly name: string;
  /** Status code of the answer. */
  readonly code: number;
  readonly userAgent: string;
  /** When the answer was complete, RFC 3339. */
  readonly stageTimestamp: string;
  readonly requestUri: string;
}

interface RawEvent {
  readonly verb?: string;
  readonly user?: { readonly username?: string };
  readonly objectRef?: {
    readonly resource?: string;
    readonly subresource?: string;
    readonly apiGroup?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number };
  readonly userAgent?: string;
  readonly stageTimestamp?: string;
  readonly requestURI?: string;
}

const markerPath = "/version?sandbox-marker=";
const markerLimitMs = 5000;

/**
 * The requests that this API server has answered so far and that its audit policy keeps: all of ordinary users, the writes
 * of the cluster's own components. A watch counts when it has ended.
 * @param filter default: all of them
 */
export async function auditEvents(
  plane: ControlPlane,
  filter: (event: AuditEvent) => boolean = () => true,
): Promise<AuditEvent[]> {
  const lines = await settledLog(plane);
  return lines
    .map((line) => toEvent(JSON.parse(line) as RawEvent))
    .filter((event) => !event.requestUri.startsWith(markerPath) && filter(event));
}

/** Whether the request changes something. A review of one's own access is a `create` that stores nothing. */
export function isWrite(event: AuditEvent): boolean {
  if (event.resource === "selfsubjectaccessreviews") return false;
  return ["create", "update", "patch", "delete", "deletecollection"].includes(event.verb);
}

/** An answer can reach its client before its line is in the log: wait until the line of a later request is. */
async function settledLog(plane: ControlPlane): Promise<string[]> {
  const marker = `${markerPath}${randomUUID()}`;
  if (plane.apiServer.running) await plane.get(marker);
  const deadline = performance.now() + markerLimitMs;
  for (;;) {
    const text = await readFile(plane.auditLog, "utf8");
    const complete = text.slice(0, text.lastIndexOf("\n") + 1);
    if (!plane.apiServer.running || complete.includes(marker))
      return complete.split("\n").filter((line) => line !== "");
    if (performance.now() > deadline)
      throw new Error(`the audit log of ${plane.name} does not show a request just made`);
    await delay(10);
  }
}

function toEvent(raw: RawEvent): AuditEvent {
  const object = raw.objectRef ?? {};
  return {
    verb: raw.verb ?? "",
    user: raw.user?.username ?? "",
    resource: [object.resource, object.subresource].filter((part) => part !== undefined).join("/"),
    apiGroup: object.apiGroup ?? "",
    namespace: object.namespace ?? "",
    name: object.name ?? "",
    code: raw.responseStatus?.code ?? 0,
    userAgent: raw.userAgent ?? "",
    stageTimestamp: raw.stageTimestamp ?? "",
    requestUri: raw.requestURI ?? "",
  };
}
