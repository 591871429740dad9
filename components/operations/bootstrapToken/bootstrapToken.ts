import { RegistrationError } from "../../base/problems";
import { readToken } from "../../glooMesh/hubSecrets";
import { judgeLiveCertificate, readLiveCertificate } from "../../glooMesh/liveCertificate";
import { isOurs, lentAnnotation, ownershipOf, registrationAnnotation } from "../../glooMesh/ownership";
import { isIssuedAfter, reasonToReissue } from "../../glooMesh/reissue";
import { isTemporaryToken } from "../../glooMesh/temporaryToken";
import type { KubernetesClient } from "../../kubernetes/client";
import { paths, type Secret, samePlace } from "../../kubernetes/objects";
import { removeIf } from "../../kubernetes/removal";
import { orForgotten, orLeftBehind } from "../deregistration/unreachable";
import { isChanged } from "../shared/changes";
import type { BootstrapTokenInputs, BootstrapTokenState } from "../shared/inputs";
import { interruptionSignal } from "../shared/interruption";
import { hubOf, openCluster, openClusterForRefresh, openClusterIfSame, placedElsewhere } from "../shared/openCluster";
import type { Operations } from "../shared/operations";
import { report } from "../shared/report";

/**
 * The bootstrap token, present while needed. It is read from the management cluster and written to the remote one right here: it is
 * never an input or output, so it cannot reach Pulumi's state, plan or log. The proof removes it.
 *
 * A lost, expired or foreign certificate is a reason of the checks, which makes an update: that looks at the live certificate, and copies the token
 * for the agent to bootstrap again. So does a good certificate that is to be reissued.
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
    return { changes: isChanged(olds, news) };
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
    if (!verdict.accepted) report(`${news.clusterName}: ${verdict.fault}; the agent bootstraps again`);
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
  return isTemporaryToken(secret, ownershipOf(place)) ? secret : undefined;
}

/** Removes the temporary token of this registration, and no other. */
export async function removeTemporaryToken(
  client: KubernetesClient,
  place: TokenPlace,
  signal?: AbortSignal,
): Promise<void> {
  await removeIf<Secret>(client, pathOf(place), (secret) => isTemporaryToken(secret, ownershipOf(place)), { signal });
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
