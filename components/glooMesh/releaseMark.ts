import { valueAt } from "../base/json";
import { isWrittenBy } from "../kubernetes/objectManager";
import type { KubernetesObject, Secret } from "../kubernetes/objects";
import { ownerOf, recordedLabel, releaseMarkValue } from "./ownership";

// Which registration installed a Helm release. Its mark is a value, and `helm get values | helm install -f` copies values: decision 0028.

/** What a registration calls its releases, in their descriptions. */
export type ReleaseNoun = "relay agent" | "CRDs of the relay agent";

/** The description that a registration gives to Helm, with the number of times that a release was cleared. Helm keeps it with the revision, and copies it nowhere. */
export function releaseDescription(recoveries: number, noun: ReleaseNoun): string {
  return recoveries === 0 ? noun : `${noun} (recovered ${recoveries})`;
}

/** The number of times that a release with this description was cleared; undefined for a description that no registration gives. */
export function recoveriesIn(description: string | undefined): number | undefined {
  const [isOurs, recoveries = 0] =
    /^(?:CRDs of the )?relay agent(?: \(recovered (\d{1,9})\))?$/.exec(description ?? "") ?? [];
  return isOurs === undefined ? undefined : Number(recoveries);
}

/** The mark of a release, by what it proves. */
export interface ReleaseMark {
  /** Mark of the registration that installed it; undefined where someone else did, and for a revision that cannot be decoded. */
  readonly owner: string | undefined;
  /** A mark that was copied from the release of a registration, and proves nothing. */
  readonly copiedMark: string | undefined;
}

interface Revision {
  readonly status: string;
  readonly content: { readonly description: string | undefined; readonly values: Readonly<Record<string, unknown>> };
}

/** Reads the mark of a release. `records` are the Secrets of its revisions, the newest first. */
export function releaseMark({ status, content }: Revision, records: readonly Secret[]): ReleaseMark {
  // A release that was taken over has the mark on its record: its values are still those of whoever installed it.
  const [newest] = records;
  const taken = newest && ownerOf(newest);
  if (taken !== undefined) return { owner: taken, copiedMark: undefined };
  const mark = valueAt(content.values, "global", releaseMarkValue);
  if (typeof mark !== "string") return { owner: undefined, copiedMark: undefined };
  const isOwn =
    records.slice(0, 1).every(isHelmsRecord) && isInstalledByRegistration(status, content.description, records);
  return isOwn ? { owner: mark, copiedMark: undefined } : { owner: undefined, copiedMark: mark };
}

/**
 * The programs that write records: Helm, by itself or inside Pulumi's Kubernetes provider, this package, and Velero, which restores. A Helm that does not name
 * itself is Go's HTTP client (helm/helm#9067).
 */
const recordWriters = /^(helm|pulumi|go-http-client|gloo-mesh-relay-registration|velero)/i;

/** Whether a record was not copied from another cluster, labels included. */
function isHelmsRecord(record: KubernetesObject): boolean {
  return isWrittenBy(recordWriters, record, ["f:data"]);
}

/**
 * Whether a registration ran Helm: an installation that ended has its description, and one that was proven its label, which Helm copies to later
 * revisions of the same installation only. For an operation that did not end Helm itself writes the description: there the value decides.
 */
function isInstalledByRegistration(
  status: string,
  description: string | undefined,
  records: readonly Secret[],
): boolean {
  if (status !== "deployed" && status !== "superseded") return true;
  return recoveriesIn(description) !== undefined || sinceInstallation(records).some(isRecorded);
}

/** The records of the present installation: `helm uninstall --keep-history` leaves those of previous ones. */
function sinceInstallation(records: readonly Secret[]): readonly Secret[] {
  const previous = records.findIndex(({ metadata }) => metadata.labels?.["status"] === "uninstalled");
  return previous < 0 ? records : records.slice(0, previous);
}

/** Whether a proof noted on this record that Pulumi has the release in its state. */
export function isRecorded({ metadata }: KubernetesObject): boolean {
  return metadata.labels?.[recordedLabel] === "true";
}
