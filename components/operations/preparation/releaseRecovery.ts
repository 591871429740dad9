import { RegistrationError } from "../../base/problems";
import { type HelmRelease, isPending, markFailed, quietSeconds, readRelease } from "../../glooMesh/helmRelease";
import { describeOwner, isOurs, ownershipOf } from "../../glooMesh/ownership";
import type { KubernetesClient } from "../../kubernetes/client";
import { helm } from "../../kubernetes/commands";
import type { PreparationState } from "../shared/inputs";
import { pause, report } from "../shared/report";

/** The release of a registration, and how long an unfinished one may be quiet before it counts as abandoned. */
type RecoverableRelease = Pick<
  PreparationState,
  "namespace" | "releaseName" | "mark" | "formerMarks" | "abandonedAfterSeconds"
>;

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
    if (revision.status === "failed") {
      report(
        `Helm release ${inputs.releaseName}, revision ${revision.revision} failed in an earlier run; Helm runs again`,
      );
      return true;
    }
    const quiet = quietSeconds(client, revision);
    if (!isPending(revision) || quiet >= inputs.abandonedAfterSeconds) {
      await markFailed(client, revision, `left ${revision.status} by an earlier run`);
      report(
        `Helm release ${inputs.releaseName}, revision ${revision.revision}: an earlier run left it ${revision.status}; ` +
          "marked failed, so that this run can continue",
      );
      return true;
    }
    if (!isReported) {
      report(
        `Helm release ${inputs.releaseName}, revision ${revision.revision} has been ${revision.status} for ${Math.round(quiet)} s; ` +
          `if nothing happens for ${inputs.abandonedAfterSeconds} s it counts as abandoned`,
      );
      isReported = true;
    }
    await pause(Math.min(2, inputs.abandonedAfterSeconds - quiet + 0.1), signal);
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
export async function findObstacle(
  client: KubernetesClient,
  inputs: RecoverableRelease,
  isObstacle: Test,
  signal?: AbortSignal,
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
