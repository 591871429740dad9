import type { Verdict } from "../certificates/clientCertificate";
import type { HelmRelease } from "../glooMesh/helmRelease";
import { copiesToken } from "../glooMesh/modes";
import { describeOwner, isToTakeOver, type Owned } from "../glooMesh/ownership";
import type { Reason } from "../glooMesh/reasons";
import type { CheckedFacts } from "../preflight/preflight";
import type { PreflightRequest } from "../preflight/request";
import type { DesiredState } from "./desiredState";
import { changed, known, type PlanLine } from "./planMessage";

/** An object or a Helm release that is taken over, and who made it. */
export interface TakenOver {
  readonly name: string;
  readonly owner: string;
  readonly isRelease: boolean;
}

interface ToTakeOver {
  readonly toTakeOver: readonly TakenOver[];
  readonly certificate: { readonly secret: string; readonly verdict: Verdict };
}

/** What exists of a registration that somebody else made, and that this one takes over: as far as it declares such an object. */
export function whatIsTakenOver(
  { ownership, settings, generation }: Pick<PreflightRequest, "ownership" | "generation" | "settings">,
  { remote, kubernetesClusters }: CheckedFacts["seen"],
  desired: Pick<
    DesiredState,
    "createNamespace" | "token" | "rootCertificate" | "installCrds" | "createKubernetesCluster"
  >,
): readonly TakenOver[] {
  if (!ownership.takesOver) return [];
  const { clusterName, namespace, rootCertificate, token, agent } = settings;
  const cluster = kubernetesClusters.find(({ metadata }) => metadata.name === clusterName);
  const objects: readonly (readonly [string, Owned | undefined, boolean])[] = [
    [`namespace ${namespace.name}`, remote.namespace, desired.createNamespace],
    [`root CA in ${placeOf(rootCertificate.secret)}`, remote.root, desired.rootCertificate !== ""],
    [`bootstrap token in ${placeOf(token.secret)}`, remote.token, copiesToken(desired)],
    [`KubernetesCluster ${clusterName}`, cluster, desired.createKubernetesCluster],
  ];
  const releases: readonly (readonly [string, HelmRelease | undefined, boolean])[] = [
    [agent.releaseName, remote.release, true],
    [generation.crds?.releaseName ?? "", remote.crds?.release, desired.installCrds],
  ];
  return [
    ...objects.flatMap(([name, object, isDeclared]) =>
      isDeclared && isToTakeOver(object, ownership) ? [{ name, owner: describeOwner(object), isRelease: false }] : [],
    ),
    ...releases.flatMap(([name, release, isDeclared]) => {
      if (!isDeclared || !release || release.status === "uninstalled" || !isToTakeOver(release, ownership)) return [];
      const { revision, status } = release;
      const title = `Helm release ${namespace.name}/${name}, revision ${revision}, ${status}`;
      return [{ name: title, owner: describeOwner(release), isRelease: true }];
    }),
  ];
}

function placeOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `Secret ${namespace}/${name}`;
}

/** Why the preparation writes marks first. */
export function takeOverReason({ toTakeOver }: Pick<ToTakeOver, "toTakeOver">): Reason | undefined {
  if (toTakeOver.length === 0) return undefined;
  const id = toTakeOver.some(({ isRelease }) => isRelease) ? "release-taken-over" : "objects-taken-over";
  return { id, sentence: `taken over: ${toTakeOver.map(({ name }) => name).join("; ")}` };
}

/** A line for each object that is taken over, and one for the certificate that stays. */
export function takeOverLines({ toTakeOver, certificate }: ToTakeOver, desired: DesiredState): readonly PlanLine[] {
  if (toTakeOver.length === 0) return [];
  const { secret, verdict } = certificate;
  const isKept = desired.certificate === "issued" && verdict.accepted;
  return [
    ...toTakeOver.map(({ name, owner }) => changed(`take over ${name} (${owner})`)),
    ...(isKept ? [known(`client certificate in Secret ${secret}: kept, valid until ${verdict.facts.notAfter}`)] : []),
  ];
}
