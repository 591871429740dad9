import type { Generation } from "../../components/glooMesh/generation";
import { describeOwner, isToTakeOver, type Owned } from "../../components/glooMesh/ownership";
import { presentArguments } from "../../components/glooMesh/presentArguments";
import { helmReleaseOf } from "../../components/kubernetes/objectManager";
import { type SecretPlace, secretValue } from "../../components/kubernetes/objects";
import type { Examination } from "../../components/preflight/preflight";
import { type CustomDefinitions, definitionsByOwner } from "../../components/preflight/remote/customDefinitions";
import { presentState, taking } from "./arguments/presentState";
import type { DetectedRegistration } from "./detectedRegistration";
import type { Check } from "./doctorReport";

/** What a take-over with the printed arguments would do with an object. */
type Action = "adopted" | `changed: ${string}` | "left alone";

/**
 * The objects of a registration that no stack has: the owner of each, and what `pulumi up` would do with it after `--print-arguments`. No rows for
 * any other registration.
 */
export function takeOverChecks(
  detected: DetectedRegistration,
  examination: Examination | undefined,
  isCertificateGood: boolean,
): readonly Check[] {
  const { release, settings, owner, generation } = detected;
  const { remote, hub } = examination ?? {};
  if (!release || !remote || !hub || owner !== undefined) return [];
  const { namespace, root, token, certificate, agent } = remote;
  const present = presentState(detected, release, remote, hub.kubernetesClusters, hub.agentCount?.connected);
  const { given, changedValues } = presentArguments(present);
  const own = { name: settings.agent.releaseName, namespace: settings.namespace.name };
  const keepsToken = given["identity"] === "retained-token" || given["identity"] === "simple-tls";
  const hasOtherRoot = secretValue(root, generation.rootSecret.key)?.toString() !== hub.rootCertificate;
  const cluster = hub.kubernetesClusters.find(({ metadata }) => metadata.name === settings.clusterName);
  const values = changedValues.length === 0 ? "the mark alone" : changedValues.join(", ");
  const rows: readonly (Check | undefined)[] = [
    row(`Namespace ${own.namespace}`, namespace, "adopted"),
    row(
      secretName(settings.rootCertificate),
      root,
      hasOtherRoot ? "changed: it gets the root CA of the management cluster" : "adopted",
    ),
    row(secretName(settings.token), token, keepsToken ? "adopted" : "changed: it is removed after the proof"),
    row(
      secretName(settings.clientCertificate),
      certificate,
      isCertificateGood ? "left alone" : "changed: the relay server issues another certificate",
    ),
    row(`KubernetesCluster ${settings.managementNamespace}/${settings.clusterName}`, cluster, "adopted"),
    row(`Helm release ${own.namespace}/${own.name}`, release, `changed: an upgrade in place, values: ${values}`),
    ...agent.map((object) => {
      const named = helmReleaseOf(object);
      const isOfRelease = named?.name === own.name && named.namespace === own.namespace;
      const isRestarted = object.kind === "Deployment" && changedValues.length > 0;
      const action = isRestarted ? (`changed: at most one restart, values: ${values}` as const) : "left alone";
      const place = object.kind.startsWith("Cluster") ? "" : `${own.namespace}/`;
      return check(`${object.kind} ${place}${object.metadata.name}`, isOfRelease ? action : "left alone", object);
    }),
    ...(remote.crds ? definitionChecks(remote.crds, generation, own.namespace) : []),
  ];
  return rows.filter((one) => one !== undefined);
}

/** The CRDs, where they have a Helm release of their own: Helm changes none that belongs to another. */
function definitionChecks(
  found: CustomDefinitions,
  generation: Pick<Generation, "crds">,
  namespace: string,
): readonly (Check | undefined)[] {
  const own = { name: generation.crds?.releaseName, namespace };
  const release = found.release?.status === "uninstalled" ? undefined : found.release;
  const isTaken = isToTakeOver(release, taking);
  return [
    row(`Helm release ${own.namespace}/${own.name}`, release, "changed: an upgrade in place"),
    ...definitionsByOwner(found, generation).map(({ names, release: named, owner }) => {
      const isOfOwn = named?.name === own.name && named?.namespace === own.namespace;
      return described(names, isTaken && isOfOwn ? "adopted" : "left alone", owner);
    }),
  ];
}

function row(name: string, thing: Owned | undefined, action: Action): Check | undefined {
  if (thing === undefined) return undefined;
  return check(name, isToTakeOver(thing, taking) ? action : "left alone", thing);
}

function check(name: string, action: Action, thing: Owned): Check {
  return described(name, action, describeOwner(thing));
}

function described(name: string, action: Action, owner: string): Check {
  const words = action === "left alone" ? action : `would be ${action}`;
  const detail = `${words}; ${owner}`;
  return { group: "takeOver", name, findings: [], detail, changes: action !== "left alone" };
}

function secretName({ secret }: { readonly secret: SecretPlace }): string {
  return `Secret ${secret.namespace}/${secret.name}`;
}
