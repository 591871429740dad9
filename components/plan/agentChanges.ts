import { leavesOf, mergeDeep } from "../base/json";
import { enumerate } from "../base/text";
import { parseVersion, type Version } from "../base/version";
import { isPending } from "../glooMesh/helmRelease";
import { releaseMarkValue } from "../glooMesh/ownership";
import { withSource } from "../preflight/discovery/found";
import type { InstalledRelease } from "./currentState";
import { releaseReason } from "./decisions";
import type { DesiredState } from "./desiredState";

/** Describes the changes that the next Helm operation makes to an existing release, in at most two lines. */
export function agentChanges(desired: DesiredState, release: InstalledRelease): readonly string[] {
  const reason = releaseReason(release);
  const isFailed = release.status === "failed";
  const helm = isFailed ? "Helm runs again" : "it is marked failed, and Helm runs again";
  const cleared = reason ? [`agent: ${reason.sentence}; ${helm}`] : [];
  if (isFailed || isPending(release)) return [...cleared, describeAgent(desired)];
  return [...cleared, ...upgrade(desired, release), ...unknownValues(desired)];
}

/** The agent with the sources of its version and of the relay server's address. */
export function describeAgent({ agentVersion, serverAddress }: DesiredState, where = ""): string {
  return `agent ${withSource(agentVersion)}${where}, relay server ${withSource(serverAddress)}`;
}

/** One line for everything that one Helm upgrade changes, since it is one restart. */
function upgrade(desired: DesiredState, release: InstalledRelease): readonly string[] {
  const { serverAddress, tls: wanted } = desired;
  const address = `relay address ${release.serverAddress ?? "(none)"} → ${withSource(serverAddress)}`;
  const tls = release.insecure ? "TLS turned on" : "TLS turned off: anyone can impersonate this cluster";
  const changes = [
    ...versionChange(desired, release),
    ...(release.serverAddress === serverAddress.value ? [] : [address]),
    ...(release.insecure === (wanted === "none") ? [] : [tls]),
  ];
  const values = changedValues(desired, release);
  if (changes.length === 0 && values.length === 0) return [];
  // A value that the chart has by default changes nothing in the pods; nor does every other one.
  const real = effectiveChanges(desired, release, values);
  const valueChange = values.length === 0 ? [] : [`values ${enumerateSome(real.length === 0 ? values : real)}`];
  const mayRestart = real.length === 0 ? "no restart, since these are the chart's defaults" : "at most one restart";
  const restart = changes.length === 0 ? mayRestart : "one restart";
  return [`agent: ${[...changes, ...valueChange, restart].join("; ")}`];
}

/** Those of the changed values that differ from what the chart used so far, by its own defaults. An empty namespace is that of the release. */
function effectiveChanges(
  { values = {}, namespace }: DesiredState,
  release: InstalledRelease,
  paths: readonly string[],
): string[] {
  const effective = (given: Readonly<Record<string, unknown>>) =>
    new Map(
      leavesOf(mergeDeep(release.defaults, given)).map(([path, value]) => [
        path,
        path.endsWith(".namespace") && value === '""' ? JSON.stringify(namespace) : value,
      ]),
    );
  const [before, after] = [effective(release.values), effective(values)];
  return paths.filter((path) => before.get(path) !== after.get(path));
}

function unknownValues({ unknownValues = [] }: DesiredState): readonly string[] {
  if (unknownValues.length === 0) return [];
  const paths = unknownValues.map((path) => (path === "" ? "agent.values" : `agent.values.${path}`));
  return [`agent: known only in the run: ${enumerateSome(paths)}; at most one restart`];
}

function enumerateSome(paths: readonly string[]): string {
  return enumerate(paths.length > 5 ? [...paths.slice(0, 4), `${paths.length - 4} more`] : paths);
}

function versionChange({ agentVersion }: DesiredState, { chartVersion }: InstalledRelease): string[] {
  if (chartVersion === undefined) return [];
  const [from, to] = [parseVersion(chartVersion), parseVersion(agentVersion.value)];
  if (chartVersion === agentVersion.value || (from && to && compareVersions(from, to) === 0)) return [];
  const direction = from && to && compareVersions(to, from) < 0 ? "downgrade" : "upgrade";
  return [`${direction} ${chartVersion} → ${withSource(agentVersion)}`];
}

/** Values that have lines of their own: the changes above, and a rename. */
const describedElsewhere = new Set([
  "relay.cluster",
  "relay.serverAddress",
  "relay.insecure",
  "global.insecure",
  `global.${releaseMarkValue}`,
]);

/** Paths of the values that change; the values themselves may be secrets. */
function changedValues({ values, unknownValues = [] }: DesiredState, release: InstalledRelease): string[] {
  if (values === undefined) return [];
  const [before, after] = [new Map(leavesOf(release.values)), new Map(leavesOf(values))];
  // A previous value that is unknown now may be unchanged.
  const isUnknown = (path: string) =>
    !after.has(path) && unknownValues.some((one) => one === "" || path === one || path.startsWith(`${one}.`));
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((path) => before.get(path) !== after.get(path) && !describedElsewhere.has(path) && !isUnknown(path))
    .sort();
}

/** Compares by numbers; a prerelease comes before its release, beta3 before beta20. */
function compareVersions(a: Version, b: Version): number {
  const numbers = a.major - b.major || a.minor - b.minor || a.patch - b.patch;
  if (numbers !== 0 || a.prerelease === b.prerelease) return numbers;
  if (a.prerelease === "" || b.prerelease === "") return a.prerelease === "" ? 1 : -1;
  return a.prerelease.localeCompare(b.prerelease, "en", { numeric: true }) || (a.prerelease < b.prerelease ? -1 : 1);
}
