import { RegistrationError } from "../../base/problems";
import { type HelmRelease, isPending, markFailed, quietSeconds, readRelease } from "../../glooMesh/helmRelease";
import { describeOwner, isOurs, ownershipOf } from "../../glooMesh/ownership";
import type { KubernetesClient } from "../../kubernetes/client";
import { helm } from "../../kubernetes/commands";
import type { OwnRelease } from "../shared/agentOwner";
import { pause, report } from "../shared/report";

/** The release of a registration, and how long an unfinished one may be quiet before it counts as abandoned. */
export interface RecoverableRelease extends OwnRelease {
  readonly abandonedAfterSeconds: number;
}

/** Clears a release that a killed or failed run left behind; returns whether there was one, so that Helm must run again. */
export async function recoverRelease(
  client: KubernetesClient,
  inputs: RecoverableRelease,
  signal: AbortSignal,
  isObstacle: Test,
): Promise<boolean> {
  let isReported = false;
  for (;;) {
    const revision = await findObstacle(client, inputs, isObstacle, signal);
    if (!revision) return false;
    const { status } = revision;
    const release = `Helm release ${inputs.releaseName}, revision ${revision.revision}`;
    if (status === "failed") {
      report(`${release} failed in an earlier run; Helm runs again`);
      return true;
    }
    const quiet = quietSeconds(client, revision);
    const limit = inputs.abandonedAfterSeconds;
    if (!isPending(revision) || quiet >= limit) {
      await markFailed(client, revision, `left ${status} by an earlier run`);
      report(`${release}: an earlier run left it ${status}; marked failed, so that this run can continue`);
      return true;
    }
    if (!isReported) {
      const since = `has been ${status} for ${Math.round(quiet)} s`;
      report(`${release} ${since}; if nothing happens for ${limit} s it counts as abandoned`);
      isReported = true;
    }
    await pause(Math.min(2, limit - quiet + 0.1), signal);
  }
}

type Test = (revision: HelmRelease) => boolean;

/** A release that blocks Helm's `install --replace`, which takes over only a failed or uninstalled one. */
export const blocksInstallation: Test = ({ status }) => status !== "failed" && status !== "uninstalled";

/**
 * A release for which Helm must run again: unfinished; failed, since a refresh removes the failure from Pulumi's state; or finished but never
 * recorded by Pulumi, which would try to install it again.
 */
export const needsHelm: Test = (revision) =>
  isPending(revision) || revision.status === "failed" || (revision.status === "deployed" && !revision.recorded);

/** The release of this registration if it is an obstacle to Pulumi's. Throws GMR506 for an obstacle that someone else created. */
async function findObstacle(
  client: KubernetesClient,
  inputs: RecoverableRelease,
  isObstacle: Test,
  signal: AbortSignal,
): Promise<HelmRelease | undefined> {
  const release = await readRelease(client, inputs.namespace, inputs.releaseName, signal);
  if (!release || !isObstacle(release)) return undefined;
  if (isOurs(release, ownershipOf(inputs))) return release;
  throw new RegistrationError({
    code: "GMR506",
    what: `The Helm release ${inputs.releaseName} is ${release.status} (revision ${release.revision}), and this registration did not install it`,
    where: `${client.where}, namespace ${inputs.namespace}`,
    cause: release.owner === undefined ? "somebody uses helm or meshctl on it" : describeOwner(release),
    next: `look at it: ${helm(client.access, inputs.namespace, "history", inputs.releaseName)}`,
  });
}
