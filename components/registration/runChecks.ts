import * as pulumi from "@pulumi/pulumi";
import { limiter } from "../base/async";
import { cleanLine } from "../base/foreignText";
import { isKnownOutput } from "../base/internals/outputInternals";
import type { Problem } from "../base/problems";
import { enumerate } from "../base/text";
import { proofLevelOf } from "../glooMesh/modes";
import type { Ownership } from "../glooMesh/ownership";
import type { GivenSettings } from "../glooMesh/settings";
import { judgeHealth, repairOf } from "../health/health";
import { viewOf } from "../health/viewOf";
import { describeCurrentState } from "../plan/currentState";
import { decide } from "../plan/decisions";
import { describeDesiredState } from "../plan/desiredState";
import { describePlan, isBegun } from "../plan/plan";
import { preflight, preflightHub } from "../preflight/preflight";
import type { PreflightRequest } from "../preflight/request";
import { claim } from "./claims";
import type { Checked, RegistrationContext } from "./context";
import { logHealth } from "./logHealth";
import { unknownArguments } from "./readArguments";
import { asResourceError, failShown, RegistrationResourceError } from "./resourceError";
import { knownPart } from "./unknownOutputs";

/** The input of a registration's checks: all that is known before the first lookup. */
export interface Unchecked extends Omit<RegistrationContext, "facts" | "settings" | "dependsOn"> {
  readonly given: pulumi.Output<GivenSettings>;
  /** Contradictions among the arguments; with one the checks make no lookup. */
  readonly mistakes: readonly Problem[];
}

/**
 * Runs the checks of ten registrations at the same time. Each has some twenty open requests at most; with more of them, requests would wait for
 * each other and exceed their limits with hundreds of clusters.
 */
const limitChecks = limiter(10);

/**
 * Runs the checks of a registration. Their problems become errors on the component, their notices warnings. Every declared resource takes
 * values from the result, so that nothing is written before the checks have passed.
 */
export function runChecks(unchecked: Unchecked): pulumi.Output<Checked> {
  const { name, given, management, remote, parent, args, ownership, mistakes } = unchecked;
  // Not thrown, so that the program declares its other registrations: the mistake is an error on this component.
  if (mistakes.length > 0) return pulumi.output(failShown(new RegistrationResourceError(mistakes, parent)));
  const isPreview = pulumi.runtime.isDryRun();
  if (isPreview) void logDeferred(unchecked);
  const values = knownPart(pulumi.output(args.agent?.values));
  const known = pulumi.all([given, management.access, remote.access, values, ownership]);
  const facts = known.apply(([settings, hubAccess, remoteAccess, userValues, ownership]) =>
    withReporting({ ...unchecked, ownership }, settings, async (request) => {
      const sides = [
        { cluster: management, access: hubAccess },
        { cluster: remote, access: remoteAccess },
      ] as const;
      // Logs only outside of the limit, so that no other registration waits for a message.
      const facts = await limitChecks(() => preflight(...sides, request));
      claim({ name, registration: parent }, { ...facts, ...settings });
      for (const notice of facts.notices) await pulumi.log.warn(notice, parent);
      const desired = describeDesiredState(request, facts, userValues);
      const current = describeCurrentState(request, facts, desired);
      if (isPreview && facts.leftToTheAgent !== undefined) {
        const why = `cannot be judged from this machine, and is left to the agent: ${cleanLine(facts.leftToTheAgent)}`;
        await pulumi.log.info(`the relay server's certificate ${why}`, parent);
      }
      const health = isBegun(desired, current)
        ? judgeHealth(viewOf(request, facts, current.certificate.verdict))
        : undefined;
      const choice = args.checks?.unhealthy ?? "warn";
      const repair = health && choice === "heal" ? repairOf(health) : undefined;
      const isRefused = choice === "fail" && describePlan(desired, current).action === "unchanged";
      if (health) await logHealth(health, isRefused, parent);
      return {
        ...facts,
        planned: { desired, current, health, repair },
        isRemarked: current.otherMarks.length > 0 || current.toTakeOver.length > 0,
        decisions: decide(desired, current, repair),
        health: { verdict: health?.verdict ?? ("" as const), why: health?.why ?? "" },
      };
    }),
  );
  // Access with secret credentials makes the result secret, but all facts in it are public.
  return pulumi.unsecret(facts);
}

/**
 * In the preview of an `up` that creates a cluster, the checks of that cluster and its values are deferred. Logs them, and still checks the
 * management cluster if only the remote cluster is unknown.
 */
async function logDeferred(unchecked: Unchecked): Promise<void> {
  const { given, management, remote, args, parent, ownership } = unchecked;
  const [hubKnown, remoteKnown] = await Promise.all([management, remote].map(({ access }) => isKnownOutput(access)));
  const sides = [...(hubKnown ? [] : ["management"]), ...(remoteKnown ? [] : ["remote"])].join(" and the ");
  const kubeconfigs = sides === "" ? [] : [`the ${sides} cluster's kubeconfig`];
  unknownArguments(args).apply((names) => logUnknown(kubeconfigs, names, parent));
  if (!hubKnown || remoteKnown) return;
  pulumi.all([given, management.access, ownership]).apply(([settings, access, ownership]) =>
    withReporting({ ...unchecked, ownership }, settings, async (request) => {
      const notices = await preflightHub({ cluster: management, access }, request);
      for (const notice of notices) await pulumi.log.warn(notice, parent);
    }),
  );
}

async function logUnknown(
  kubeconfigs: readonly string[],
  names: readonly string[],
  parent: pulumi.Resource,
): Promise<void> {
  const unknown = [...kubeconfigs, ...names];
  if (unknown.length === 0) return;
  const [are, them] = unknown.length === 1 ? ["is", "it"] : ["are", "them"];
  const text = `checks deferred: ${enumerate(unknown)} ${are} not known before the run that creates ${them}; up runs the checks before its first write`;
  await pulumi.log.info(kubeconfigs.length === 0 ? text : `${text}. ${shownAsReplaced}`, parent);
}

/** Pulumi's Kubernetes provider takes an unknown kubeconfig for one of another cluster (pulumi-kubernetes 4.32, provider.go, DiffConfig). */
const shownAsReplaced =
  "Pulumi shows what is registered through it as replaced; up replaces it only if it leads to another cluster";

/** Runs checks. Their problems become errors on the component; the manifests that belong to them are logged after them. */
async function withReporting<T>(
  { generation, ownership, modes, args, parent }: Omit<Unchecked, "ownership"> & { readonly ownership: Ownership },
  settings: GivenSettings,
  check: (request: PreflightRequest) => Promise<T>,
): Promise<T> {
  const manifests: string[] = [];
  const report = (text: string) => manifests.push(text);
  const connected = proofLevelOf(modes, args.proof?.level) === "connected";
  try {
    return await check({ settings, generation, ownership, modes, connected, counts: connected, report });
  } catch (error) {
    return await failShown(asResourceError(error, parent));
  } finally {
    for (const manifest of manifests) await pulumi.log.info(manifest, parent);
  }
}
