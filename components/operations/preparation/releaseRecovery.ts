import { RegistrationError } from "../../base/problems";
import { type HelmRelease, isPending, markFailed, quietSeconds, readRelease } from "../../glooMesh/helmRelease";
import { isOurs, ownershipOf } from "../../glooMesh/ownership";
import type { KubernetesClient } from "../../kubernetes/client";
import type { PreparationState } from "../shared/inputs";
import { pause, report } from "../shared/report";

/** What tells the release of a registration, and when an unfinished one is given up. */
type RecoverableRelease = Pick<
  PreparationState,
  "namespace" | "releaseName" | "mark" | "formerMarks" | "abandonedAfterSeconds"
>;

/** Clears a release that a killed or failed run left behind; returns whether there was one, for which Helm is to run again. */
export async function recoverRelease(
  client: KubernetesClient,
  inputs: RecoverableRelease,
  signal: AbortSignal,
  isInTheWay: Test,
): Promise<boolean> {
  let told = false;
  for (;;) {
    const revision = await findObstacle(client, inputs, isInTheWay, signal);
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
          "marked failed, so that this one can go on",
      );
      return true;
    }
    if (!told) {
      report(
        `Helm release ${inputs.releaseName}, revision ${revision.revision} is ${revision.status} since ${Math.round(quiet)} s; ` +
          `if nothing happens for ${inputs.abandonedAfterSeconds} s it counts as abandoned`,
      );
      told = true;
    }
    await pause(Math.min(2, inputs.abandonedAfterSeconds - quiet + 0.1), signal);
  }
}

type Test = (revision: HelmRelease) => boolean;

/** Helm's `install --replace` takes over what failed or was uninstalled; anything else stands in its way. */
export const isThere: Test = ({ status }) => status !== "failed" && status !== "uninstalled";

/**
 * Unfinished; or failed, which a refresh takes out of Pulumi's state, so that nothing else has Helm run again; or finished but never recorded
 * by Pulumi, which then would try to install what is there.
 */
export const needsHelm: Test = (revision) =>
  isPending(revision) || revision.status === "failed" || (revision.status === "deployed" && !revision.recorded);

/** A release that keeps Pulumi's own from going on; only one of this registration is ever touched. */
export async function findObstacle(
  client: KubernetesClient,
  inputs: RecoverableRelease,
  isInTheWay: Test,
  signal?: AbortSignal,
): Promise<HelmRelease | undefined> {
  const release = await readRelease(client, inputs.namespace, inputs.releaseName, signal);
  if (!release || !isInTheWay(release)) return undefined;
  if (isOurs(release, ownershipOf(inputs))) return release;
  const { owner } = release;
  throw new RegistrationError({
    code: "GMR506",
    what: `The Helm release ${inputs.releaseName} is ${release.status} (revision ${release.revision}) and not by this registration`,
    where: `${client.where}, namespace ${inputs.namespace}`,
    cause: owner === undefined ? "somebody uses helm or meshctl on it" : `it belongs to the registration ${owner}`,
    next: `look at it with: helm -n ${inputs.namespace} history ${inputs.releaseName}`,
  });
}
