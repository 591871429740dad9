import * as pulumi from "@pulumi/pulumi";
import { limiter } from "../base/async";
import { isKnownOutput } from "../base/internals/outputInternals";
import type { Problem } from "../base/problems";
import { enumerate } from "../base/text";
import type { GivenSettings } from "../glooMesh/settings";
import type { ClusterAccess } from "../kubernetes/access";
import { describeCurrentState } from "../plan/currentState";
import { decide } from "../plan/decisions";
import { describeDesiredState } from "../plan/desiredState";
import { preflight, preflightHub } from "../preflight/preflight";
import type { PreflightRequest } from "../preflight/request";
import type { Checked, RegistrationContext } from "./context";
import { logPlan } from "./logPlan";
import { unknownArguments } from "./readArguments";
import { asResourceError, failShown, RegistrationResourceError } from "./resourceError";
import { knownPart } from "./unknownOutputs";

/** The input of a registration's checks: all that is known before the first lookup. */
export interface Unchecked extends Omit<RegistrationContext, "name" | "facts" | "settings" | "dependsOn"> {
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
  const { given, access, parent, args, mistakes } = unchecked;
  const { management: managementCluster, remote: remoteCluster } = unchecked;
  // Not thrown, so that the program declares its other registrations: the mistake is an error on this component.
  if (mistakes.length > 0) return pulumi.output(failShown(new RegistrationResourceError(mistakes, parent)));
  const isPreview = pulumi.runtime.isDryRun();
  if (isPreview) void logDeferred(unchecked);
  const values = knownPart(pulumi.output(args.agent?.values));
  const known = pulumi.all([given, access.management, access.remote, values]);
  const facts = known.apply(async ([settings, management, remote, values]) => {
    return withReporting(unchecked, settings, async (request) => {
      // Logs only outside of the limit, so that no other registration waits for a message.
      const facts = await limitChecks(() =>
        preflight(
          { cluster: managementCluster, access: management },
          { cluster: remoteCluster, access: remote },
          request,
        ),
      );
      for (const notice of facts.notices) await pulumi.log.warn(notice, parent);
      const { generation, modes, ownership } = unchecked;
      const desired = describeDesiredState({
        given: settings,
        generation,
        modes,
        ownership,
        facts,
        userValues: values,
      });
      const current = describeCurrentState(facts.seen, {
        desired,
        generation,
        ownership,
        trustedRoot: facts.rootCertificate,
      });
      const decisions = decide(desired, current);
      if (isPreview) await logPlan(desired, current, parent);
      if (isPreview && facts.leftToTheAgent !== undefined) {
        const why = `cannot be judged from this machine, and is left to the agent: ${facts.leftToTheAgent}`;
        await pulumi.log.info(`the relay server's certificate ${why}`, parent);
      }
      return { ...facts, decisions };
    });
  });
  // Access with secret credentials makes the result secret, but all facts in it are public.
  return pulumi.unsecret(facts);
}

/**
 * In the preview of an `up` that creates a cluster, the checks of that cluster and its values are deferred. Logs them, and still checks the
 * management cluster if only the remote cluster is unknown.
 */
async function logDeferred(unchecked: Unchecked): Promise<void> {
  const { given, access, args } = unchecked;
  const [hubKnown, remoteKnown] = await Promise.all([isKnownOutput(access.management), isKnownOutput(access.remote)]);
  const sides = [...(hubKnown ? [] : ["management"]), ...(remoteKnown ? [] : ["remote"])].join(" and the ");
  unknownArguments(args).apply((names) => logUnknownArguments(unchecked, sides, names));
  if (!hubKnown || remoteKnown) return;
  pulumi.all([given, access.management]).apply(([settings, management]) => checkHub(unchecked, settings, management));
}

async function logUnknownArguments({ parent }: Unchecked, sides: string, names: readonly string[]): Promise<void> {
  const unknown = [...(sides === "" ? [] : [`the ${sides} cluster's kubeconfig`]), ...names];
  if (unknown.length === 0) return;
  const [are, them] = unknown.length === 1 ? ["is", "it"] : ["are", "them"];
  const text = `checks deferred: ${enumerate(unknown)} ${are} not known before the run that creates ${them}; up runs the checks before its first write`;
  await pulumi.log.info(text, parent);
}

function checkHub(unchecked: Unchecked, settings: GivenSettings, management: ClusterAccess): Promise<void> {
  const { management: cluster, parent } = unchecked;
  return withReporting(unchecked, settings, async (request) => {
    const notices = await preflightHub({ cluster, access: management }, request);
    for (const notice of notices) await pulumi.log.warn(notice, parent);
  });
}

/** Runs checks. Their problems become errors on the component; the manifests that belong to them are logged after them. */
async function withReporting<T>(
  unchecked: Unchecked,
  settings: GivenSettings,
  check: (request: PreflightRequest) => Promise<T>,
): Promise<T> {
  const { parent } = unchecked;
  const manifests: string[] = [];
  try {
    return await check(requestOf(unchecked, settings, manifests));
  } catch (error) {
    return await failShown(asResourceError(error, parent));
  } finally {
    for (const manifest of manifests) await pulumi.log.info(manifest, parent);
  }
}

function requestOf(
  { generation, ownership, modes, args }: Unchecked,
  settings: GivenSettings,
  manifests: string[],
): PreflightRequest {
  return {
    settings,
    generation,
    ownership,
    modes,
    connected: args.proof?.level === "connected",
    tell: (text) => manifests.push(text),
  };
}
