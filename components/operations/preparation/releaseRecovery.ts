import { RegistrationError } from "../../base/problems";
import { type HelmRelease, isPending, markFailed, quietSeconds, readRelease } from "../../glooMesh/helmRelease";
import { describeOwner, isOurs, ownershipOf, wayOut } from "../../glooMesh/ownership";
import type { KubernetesClient } from "../../kubernetes/client";
import { helm } from "../../kubernetes/commands";
import type { OwnRelease } from "../shared/clientSecret";
import { interruptionSignal } from "../shared/interruption";
import { pause, report } from "../shared/report";

/** The release of a registration, and how long an unfinished one may be quiet before it counts as abandoned. */
export interface RecoverableRelease extends OwnRelease {
  readonly abandonedAfterSeconds: number;
}

/** Waits while Helm may still be at work, as after a killed CLI whose plugin lives on; returns the release. `seen` is the release, if it has been read already. */
export async function untilQuiet(
  client: KubernetesClient,
  { namespace, releaseName, abandonedAfterSeconds }: RecoverableRelease,
  onWait: (release: HelmRelease, quiet: number) => void = () => undefined,
  seen = readRelease(client, namespace, releaseName, interruptionSignal()),
): Promise<HelmRelease | undefined> {
  const signal = interruptionSignal();
  for (let reading = seen; ; reading = readRelease(client, namespace, releaseName, signal)) {
    const release = await reading;
    if (!release || !isPending(release)) return release;
    const quiet = quietSeconds(client, release);
    if (quiet >= abandonedAfterSeconds) return release;
    onWait(release, quiet);
    await pause(Math.min(2, abandonedAfterSeconds - quiet + 0.1), signal);
  }
}

/**
 * Clears a release that a killed or failed run left behind; returns whether there was one, so that Helm must run again. Throws GMR506 for any release
 * that someone else installed, since Helm would change it.
 */
export async function recoverRelease(
  client: KubernetesClient,
  own: RecoverableRelease,
  isObstacle: Test,
  seen?: Promise<HelmRelease | undefined>,
): Promise<boolean> {
  const nameOf = ({ revision }: HelmRelease) => `Helm release ${own.releaseName}, revision ${revision}`;
  let isReported = false;
  const onWait = (pending: HelmRelease, quiet: number) => {
    refuseForeign(client, own, pending);
    if (isReported) return;
    isReported = true;
    const since = `has been ${pending.status} for ${Math.round(quiet)} s`;
    report(`${nameOf(pending)} ${since}; if nothing happens for ${own.abandonedAfterSeconds} s it counts as abandoned`);
  };
  const release = await untilQuiet(client, own, onWait, seen);
  if (!release || (release.status === "uninstalled" && !isOurs(release, ownershipOf(own)))) return false;
  refuseForeign(client, own, release);
  if (!isObstacle(release)) return false;
  if (release.status === "failed") {
    report(`${nameOf(release)} failed in an earlier run; Helm runs again`);
    return true;
  }
  const who = release.status === "uninstalled" || release.takenOver ? "someone else" : "an earlier run";
  await markFailed(client, release, `left ${release.status} by ${who}`);
  report(`${nameOf(release)}: ${who} left it ${release.status}; marked failed, so that this run can continue`);
  return true;
}

type Test = (revision: HelmRelease) => boolean;

/** A release that blocks Helm's `install --replace`, which takes over only a failed or uninstalled one. */
export const blocksInstallation: Test = ({ status }) => status !== "failed" && status !== "uninstalled";

/**
 * A release for which Helm must run again: unfinished; failed, since a refresh removes the failure from Pulumi's state; uninstalled with its history
 * kept, which Helm does not upgrade; or finished but never recorded by Pulumi, which would try to install it again.
 */
export const needsHelm: Test = ({ status, recorded }) =>
  isPending({ status }) || status === "failed" || status === "uninstalled" || (status === "deployed" && !recorded);

function refuseForeign(client: KubernetesClient, own: OwnRelease, release: HelmRelease): void {
  if (isOurs(release, ownershipOf(own))) return;
  throw new RegistrationError({
    code: "GMR506",
    what: `The Helm release ${own.releaseName} is ${release.status} (revision ${release.revision}), and this registration did not install it`,
    where: `${client.where}, namespace ${own.namespace}`,
    cause:
      release.owner === undefined && release.copiedMark === undefined
        ? "somebody uses helm or meshctl on it"
        : describeOwner(release),
    next: wayOut(release, { instead: `look at it: ${helm(client.access, own.namespace, "history", own.releaseName)}` }),
  });
}
