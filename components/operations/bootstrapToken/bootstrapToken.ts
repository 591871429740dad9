import { RegistrationError } from "../../base/problems";
import { readToken } from "../../glooMesh/hubSecrets";
import { judgeLiveCertificate, readLiveCertificate } from "../../glooMesh/liveCertificate";
import { isOurs, lentAnnotation, ownershipOf, registrationAnnotation } from "../../glooMesh/ownership";
import { isIssuedAfter, reasonToReissue } from "../../glooMesh/reissue";
import type { KubernetesClient } from "../../kubernetes/client";
import { paths, type Secret, samePlace } from "../../kubernetes/objects";
import { removeIf } from "../../kubernetes/removal";
import { orForgotten, orLeftBehind } from "../deregistration/unreachable";
import type { BootstrapTokenInputs, BootstrapTokenState } from "../shared/inputs";
import { interruptionSignal } from "../shared/interruption";
import {
  hubOf,
  isUnknown,
  openCluster,
  openClusterForRefresh,
  openClusterIfSame,
  placedElsewhere,
} from "../shared/openCluster";
import type { Operations } from "../shared/operations";
import { report } from "../shared/report";

/**
 * The bootstrap token, present while needed. It is read from the management cluster and written to the remote one right here: it is
 * never an input or output, so it cannot reach Pulumi's state, plan or log. The proof removes it.
 *
 * Its diff looks at the live certificate, so that a lost, expired or foreign one plans an update, which bootstraps the agent again. So does a
 * good one that is to be issued anew.
 */
export const bootstrapToken: Operations<BootstrapTokenInputs, BootstrapTokenState> = {
  async create(inputs) {
    const client = await openCluster(inputs, interruptionSignal());
    const needed = !(await judgeLiveCertificate(client, inputs)).accepted;
    const writtenAt = needed ? await writeToken(client, inputs) : "";
    const id = `${inputs.remoteIdentity}/${inputs.namespace}/${inputs.tokenSecret.name}`;
    return { id, outs: { ...inputs, bootstraps: needed ? 1 : 0, writtenAt } };
  },

  async diff(_id, olds, news) {
    const elsewhere = placedElsewhere(olds, news);
    if (elsewhere) return elsewhere;
    if (olds.namespace !== news.namespace) return { changes: true, replaces: ["namespace"] };
    // Previous marks alone are no change: a state from before they were an input has none.
    const keys = (Object.keys(news) as (keyof BootstrapTokenInputs)[]).filter((key) => key !== "formerMarks");
    const differs = keys.some((key) => JSON.stringify(olds[key]) !== JSON.stringify(news[key]));
    if (differs) {
      await reportReissue(olds, news);
      return { changes: true };
    }

    const client = await openCluster(news, interruptionSignal());
    const verdict = await judgeLiveCertificate(client, news);
    if (!verdict.accepted) {
      report(`${news.clusterName}: ${verdict.fault}; the agent will bootstrap again, with the token present meanwhile`);
      return { changes: true };
    }
    return { changes: (await findTemporaryToken(client, news)) !== undefined };
  },

  async update(_id, olds, news) {
    const client = await openCluster(news, interruptionSignal());
    const { secret, verdict } = await readLiveCertificate(client, news);
    const isToBeReissued = reasonToReissue(olds, news, secret) !== undefined || (await isAwaited(client, olds, secret));
    // At a former place, or by the mark of a former name (an alias), nothing would know it for ours from here on.
    if (olds.mark !== news.mark || !samePlace(olds.tokenSecret, news.tokenSecret))
      await removeTemporaryToken(client, olds);
    if (verdict.accepted && !isToBeReissued) {
      await removeTemporaryToken(client, news);
      return { outs: { ...news, bootstraps: olds.bootstraps, writtenAt: olds.writtenAt } };
    }
    return { outs: { ...news, bootstraps: olds.bootstraps + 1, writtenAt: await writeToken(client, news) } };
  },

  async read(id, props) {
    return (await orForgotten(openClusterForRefresh(props, interruptionSignal()))) ? { id, props } : {};
  },

  async delete(_id, props) {
    // What stays behind on a cluster that may be left, the preparation tells.
    const client = await orLeftBehind(openClusterIfSame(props, interruptionSignal()));
    if (client) await removeTemporaryToken(client, props);
  },
};

/** In a preview, where the update says nothing yet. */
async function reportReissue(olds: BootstrapTokenState, news: BootstrapTokenInputs): Promise<void> {
  if (isUnknown(news)) return;
  const { secret, verdict } = await readLiveCertificate(await openCluster(news, interruptionSignal()), news);
  const reason = verdict.accepted ? reasonToReissue(olds, news, secret) : undefined;
  if (reason === undefined) return;
  report(
    `${news.clusterName}: the client certificate will be issued anew, with the token present meanwhile: ${reason}`,
  );
}

/** Whether a run that ended early has lent the token for a certificate that was not issued yet. */
async function isAwaited(
  client: KubernetesClient,
  olds: BootstrapTokenState,
  secret: Secret | undefined,
): Promise<boolean> {
  if (!secret || olds.writtenAt === "" || isIssuedAfter(secret, olds.writtenAt)) return false;
  return (await findTemporaryToken(client, olds)) !== undefined;
}

/** Copies the token; returns when. Only the one key is taken, and nothing but its presence is ever told. */
async function writeToken(client: KubernetesClient, inputs: BootstrapTokenInputs): Promise<string> {
  const management = await openCluster(hubOf(inputs), interruptionSignal());
  const token = await readToken(management, inputs.tokenSource, inputs.managementNamespace);
  const existing = await findToken(client, inputs);
  if (existing && !isOurs(existing, ownershipOf(inputs))) throw foreignToken(client, inputs);
  const secret = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: inputs.tokenSecret.name,
      annotations: { [registrationAnnotation]: inputs.mark, [lentAnnotation]: "true" },
    },
    type: "Opaque",
    data: { [inputs.tokenSecret.key]: token.toString("base64") },
  };
  if (existing) {
    await client.request("PUT", pathOf(inputs), { body: secret });
  } else {
    await client.request("POST", paths.secrets(inputs.tokenSecret.namespace), { body: secret });
  }
  return client.clock.toISOString();
}

async function findToken(
  client: KubernetesClient,
  place: TokenPlace,
  signal?: AbortSignal,
): Promise<Secret | undefined> {
  return client.find<Secret>(pathOf(place), { signal });
}

function pathOf({ tokenSecret }: TokenPlace): string {
  return paths.secret(tokenSecret.namespace, tokenSecret.name);
}

/** What is needed to find a token; the proof finds and removes it too. */
export type TokenPlace = Pick<BootstrapTokenInputs, "tokenSecret" | "mark" | "formerMarks">;

/** The token that this registration has lent, or undefined; a retained one is a resource of its own, and not meant. */
export async function findTemporaryToken(
  client: KubernetesClient,
  place: TokenPlace,
  signal?: AbortSignal,
): Promise<Secret | undefined> {
  const secret = await findToken(client, place, signal);
  return secret && isTemporary(secret, place) ? secret : undefined;
}

/** Removes the temporary token of this registration, and no other. */
export async function removeTemporaryToken(
  client: KubernetesClient,
  place: TokenPlace,
  signal?: AbortSignal,
): Promise<void> {
  await removeIf<Secret>(client, pathOf(place), (secret) => isTemporary(secret, place), { signal });
}

function isTemporary(secret: Secret, place: TokenPlace): boolean {
  const isLent = secret.metadata.annotations?.[lentAnnotation] === "true";
  return isLent && isOurs(secret, ownershipOf(place)) && !isDeclared(secret);
}

/**
 * True for a token that was lent, by a run that failed, and is retained since: Pulumi's Kubernetes provider has taken the Secret over as it was.
 * It writes as the field manager `pulumi-kubernetes-…`.
 */
function isDeclared({ metadata }: Secret): boolean {
  return (metadata.managedFields ?? []).some(({ manager }) => manager?.startsWith("pulumi-kubernetes"));
}

function foreignToken(client: KubernetesClient, inputs: BootstrapTokenInputs): RegistrationError {
  return new RegistrationError({
    code: "GMR304",
    what: "A bootstrap token Secret that is not of this registration exists already",
    where: `${client.where}, Secret ${inputs.tokenSecret.namespace}/${inputs.tokenSecret.name}`,
    cause: "meshctl leaves it behind when it times out",
    next: `if it is a leftover: kubectl -n ${inputs.tokenSecret.namespace} delete secret ${inputs.tokenSecret.name}`,
  });
}
