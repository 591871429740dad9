import { awaitedLater } from "../../base/async";
import { RegistrationError } from "../../base/problems";
import { foreignSecretProblem } from "../../glooMesh/foreignSecret";
import { readToken } from "../../glooMesh/hubSecrets";
import { readLiveCertificate } from "../../glooMesh/liveCertificate";
import {
  isOurs,
  isTemporaryToken,
  lentAnnotation,
  ownershipOf,
  registrationAnnotation,
} from "../../glooMesh/ownership";
import { isIssuedAfter, reasonToReissue } from "../../glooMesh/reissue";
import type { KubernetesClient } from "../../kubernetes/client";
import { hasStatus } from "../../kubernetes/errors";
import { removeIf } from "../../kubernetes/guardedWrites";
import { paths, type Secret, samePlace } from "../../kubernetes/objects";
import { orForgotten, orLeftBehind } from "../deregistration/unreachable";
import { isChanged } from "../shared/changes";
import type { BootstrapTokenInputs, BootstrapTokenState } from "../shared/inputs";
import {
  hubOf,
  openCluster,
  openClusterAndRead,
  openClusterForRefresh,
  openClusterIfSame,
  placedElsewhere,
} from "../shared/openCluster";
import type { Operations } from "../shared/operations";
import { report } from "../shared/report";

/**
 * The dynamic resource of the temporary bootstrap token. It reads the token from the management cluster and writes it to the remote one itself: the
 * token is never an input or output, so it cannot reach Pulumi's state, plan or log. The proof removes it.
 *
 * For a lost, expired or foreign certificate the checks give a reason, which makes an update: that reads the live certificate, and copies the token
 * for the agent to bootstrap again. A good certificate that must be reissued makes an update too.
 */
export const bootstrapToken: Operations<BootstrapTokenInputs, BootstrapTokenState> = {
  async create(inputs) {
    // A first registration nearly always needs the token.
    const hub = awaitedLater(openCluster(hubOf(inputs)));
    const { client, found } = await openClusterAndRead(inputs, (client) => readLiveCertificate(client, inputs));
    const needed = !found.verdict.accepted;
    const writtenAt = needed ? await writeToken(client, await hub, inputs) : "";
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
    const { client, found } = await openClusterAndRead(news, (client) => readLiveCertificate(client, news));
    const { secret, verdict } = found;
    const isToBeReissued = reasonToReissue(olds, news, secret) !== undefined || (await isAwaited(client, olds, secret));
    // A token at its previous place, or with the mark of a previous name (an alias), would never be recognised again.
    if (olds.mark !== news.mark || !samePlace(olds.tokenSecret, news.tokenSecret))
      await removeTemporaryToken(client, olds);
    if (verdict.accepted && !isToBeReissued) {
      await removeTemporaryToken(client, news);
      return { outs: { ...news, bootstraps: olds.bootstraps, writtenAt: olds.writtenAt } };
    }
    if (!verdict.accepted) report(`${news.clusterName}: ${verdict.fault}; the agent bootstraps again`);
    const writtenAt = await writeToken(client, await openCluster(hubOf(news)), news);
    return { outs: { ...news, bootstraps: olds.bootstraps + 1, writtenAt } };
  },

  async read(id, props) {
    return (await orForgotten(openClusterForRefresh(props))) ? { id, props } : {};
  },

  async delete(_id, props) {
    // The preparation reports what stays behind on a cluster that may be left behind.
    const client = await orLeftBehind(openClusterIfSame(props));
    // Since then the token may have been retained: then it is a declared resource, and stays.
    if (client) await removeTokenIf(client, props, (secret) => isTemporaryToken(secret, ownershipOf(props)));
  },
};

/** Whether an earlier run copied the token for a certificate that is not issued yet. */
async function isAwaited(client: KubernetesClient, olds: BootstrapTokenState, secret?: Secret): Promise<boolean> {
  if (!secret || olds.writtenAt === "" || isIssuedAfter(secret, olds.writtenAt)) return false;
  return (await findTemporaryToken(client, olds)) !== undefined;
}

/** Copies the token; returns the time. It copies one key only, and reports nothing but its presence. */
async function writeToken(
  client: KubernetesClient,
  hub: KubernetesClient,
  inputs: BootstrapTokenInputs,
): Promise<string> {
  const token = await readToken(hub, inputs.tokenSource, inputs.managementNamespace);
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
  try {
    await client.request("POST", paths.secrets(inputs.tokenSecret.namespace), { body: secret });
  } catch (error) {
    if (!hasStatus(error, 409)) throw error;
    await replaceToken(client, secret, inputs);
  }
  return client.clock.toISOString();
}

/** Replaces a Secret that exists already, if it is this registration's. */
async function replaceToken(
  client: KubernetesClient,
  secret: Omit<Secret, "metadata"> & { readonly metadata: object },
  inputs: BootstrapTokenInputs,
): Promise<void> {
  const existing = await client.request<Secret>("GET", pathOf(inputs));
  if (!isOurs(existing, ownershipOf(inputs))) {
    throw new RegistrationError(foreignSecretProblem(existing, "token", inputs.tokenSecret, client));
  }
  // The write fails if somebody else has changed or replaced the Secret in between.
  const { uid, resourceVersion } = existing.metadata;
  const body = { ...secret, metadata: { ...secret.metadata, uid, resourceVersion } };
  await client.request("PUT", pathOf(inputs), { body });
}

function pathOf({ tokenSecret }: TokenPlace): string {
  return paths.secret(tokenSecret.namespace, tokenSecret.name);
}

/** Where the token is and which marks it carries; the proof finds and removes it too. */
type TokenPlace = Pick<BootstrapTokenInputs, "tokenSecret" | "mark" | "formerMarks">;

/** The token of this registration, or undefined. One that an earlier run retained is temporary from now on. */
export async function findTemporaryToken(
  client: KubernetesClient,
  place: TokenPlace,
  signal?: AbortSignal,
): Promise<Secret | undefined> {
  const secret = await client.find<Secret>(pathOf(place), { signal });
  return secret && isOurs(secret, ownershipOf(place)) ? secret : undefined;
}

/** Removes the token of this registration and no other token. */
export async function removeTemporaryToken(
  client: KubernetesClient,
  place: TokenPlace,
  signal?: AbortSignal,
): Promise<void> {
  await removeTokenIf(client, place, (secret) => isOurs(secret, ownershipOf(place)), signal);
}

async function removeTokenIf(
  client: KubernetesClient,
  place: TokenPlace,
  isMeant: (secret: Secret) => boolean,
  signal?: AbortSignal,
): Promise<void> {
  await removeIf<Secret>(client, pathOf(place), isMeant, { signal });
}
