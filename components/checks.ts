import * as pulumi from "@pulumi/pulumi";
import { isKnown, knownInPreview } from "./known";
import type { ClusterAccess } from "./kubernetes/access";
import { tellPlan } from "./plan/tell";
import { limited } from "./preflight/concurrency";
import { type Facts, preflight, preflightOfHub } from "./preflight/preflight";
import type { PreflightRequest } from "./preflight/request";
import type { Problem } from "./problems";
import type { Registration } from "./registration";
import { asResourceError, failShown, RegistrationResourceError } from "./resourceError";
import type { GivenSettings } from "./settings";

/** What the checks of a registration take: what is known before anything is looked up. */
export interface Unchecked extends Omit<Registration, "name" | "facts" | "settings" | "dependsOn"> {
  readonly given: pulumi.Output<GivenSettings>;
  /** Mistakes that no value can mend; with one nothing is looked up. */
  readonly mistakes: readonly Problem[];
}

/**
 * Runs the checks; their problems become errors on the component, their notices warnings. Everything that is declared takes its values from
 * the result, so nothing is written before the checks have passed.
 */
export function checkFirst(unchecked: Unchecked): pulumi.Output<Facts> {
  const { given, access, parent, args, mistakes } = unchecked;
  // Not thrown: the mistake of one registration is an error on its component, and the program declares the others.
  if (mistakes.length > 0) return pulumi.output(failShown(new RegistrationResourceError(mistakes, parent)));
  const isPreview = pulumi.runtime.isDryRun();
  if (isPreview) void tellDeferred(unchecked);
  const values = knownInPreview<Record<string, unknown> | undefined>(
    pulumi.output(args.agent?.values ?? {}),
    undefined,
  );
  const known = pulumi.all([given, access.management, access.remote, values]);
  const facts = known.apply(async ([settings, management, remote, values]) => {
    return reporting(unchecked, settings, async (request) => {
      // Nothing is told while others wait for their turn.
      const facts = await limited(() =>
        preflight({ cluster: args.management, access: management }, { cluster: args.remote, access: remote }, request),
      );
      for (const notice of facts.notices) await pulumi.log.warn(notice, parent);
      // Without the chart's values it cannot be told what changes.
      if (isPreview && values !== undefined) await tellPlan(unchecked, facts, settings, values);
      if (isPreview && facts.leftToTheAgent !== undefined) {
        const why = `cannot be judged from this machine, and is left to the agent: ${facts.leftToTheAgent}`;
        await pulumi.log.info(`the relay server's certificate ${why}`, parent);
      }
      return facts;
    });
  });
  // Credentials are secret; what was read with them and is passed on here is public.
  return pulumi.unsecret(facts);
}

/** A cluster that the same `up` is to make cannot be looked at in its preview. It is said, and the hub is checked all the same. */
async function tellDeferred(unchecked: Unchecked): Promise<void> {
  const { given, access, parent } = unchecked;
  const [hubKnown, remoteKnown] = await Promise.all([isKnown(access.management), isKnown(access.remote)]);
  if (hubKnown && remoteKnown) return;
  const sides = [...(hubKnown ? [] : ["management"]), ...(remoteKnown ? [] : ["remote"])].join(" and the ");
  const text = `checks deferred: the ${sides} cluster's kubeconfig is not known before the run that makes it; up checks before it writes`;
  await pulumi.log.info(text, parent);
  if (!hubKnown) return;
  pulumi.all([given, access.management]).apply(([settings, management]) => checkHub(unchecked, settings, management));
}

function checkHub(unchecked: Unchecked, settings: GivenSettings, management: ClusterAccess): Promise<void> {
  const { args, parent } = unchecked;
  return reporting(unchecked, settings, async (request) => {
    const notices = await preflightOfHub({ cluster: args.management, access: management }, request);
    for (const notice of notices) await pulumi.log.warn(notice, parent);
  });
}

/** Runs checks; their problems become errors on the component, and what belongs beside them is told at last. */
async function reporting<T>(
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
