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

/** What the checks of a registration take: what is known before anything is looked up. */
export interface Unchecked extends Omit<RegistrationContext, "name" | "facts" | "settings" | "dependsOn"> {
  readonly given: pulumi.Output<GivenSettings>;
  /** Mistakes that no value can mend; with one nothing is looked up. */
  readonly mistakes: readonly Problem[];
}

/**
 * Registrations whose checks run at the same time in one program. Each has some twenty requests open at most; more of them would make one
 * another wait, and with hundreds of clusters run into the limits of requests.
 */
const limitChecks = limiter(10);

/**
 * Runs the checks; their problems become errors on the component, their notices warnings. Everything that is declared takes its values from
 * the result, so nothing is written before the checks have passed.
 */
export function runChecks(unchecked: Unchecked): pulumi.Output<Checked> {
  const { given, access, parent, args, mistakes } = unchecked;
  const { management: managementCluster, remote: remoteCluster } = unchecked;
  // Not thrown: the mistake of one registration is an error on its component, and the program declares the others.
  if (mistakes.length > 0) return pulumi.output(failShown(new RegistrationResourceError(mistakes, parent)));
  const isPreview = pulumi.runtime.isDryRun();
  if (isPreview) void logDeferred(unchecked);
  const values = knownPart(pulumi.output(args.agent?.values));
  const known = pulumi.all([given, access.management, access.remote, values]);
  const facts = known.apply(async ([settings, management, remote, values]) => {
    return withReporting(unchecked, settings, async (request) => {
      // Nothing is told while others wait for their turn.
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
  // Credentials are secret; what was read with them and is passed on here is public.
  return pulumi.unsecret(facts);
}

/**
 * A cluster that the same `up` is to make cannot be looked at in its preview, nor can what comes from it be checked. It is said, and the hub
 * is checked all the same where only the remote cluster is unknown.
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
  const text = `checks deferred: ${enumerate(unknown)} ${are} not known before the run that makes ${them}; up checks before it writes`;
  await pulumi.log.info(text, parent);
}

function checkHub(unchecked: Unchecked, settings: GivenSettings, management: ClusterAccess): Promise<void> {
  const { management: cluster, parent } = unchecked;
  return withReporting(unchecked, settings, async (request) => {
    const notices = await preflightHub({ cluster, access: management }, request);
    for (const notice of notices) await pulumi.log.warn(notice, parent);
  });
}

/** Runs checks; their problems become errors on the component, and what belongs beside them is told at last. */
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
