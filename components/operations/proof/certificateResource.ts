import { awaitedLater } from "../../base/async";
import { describeError } from "../../base/problems";
import type { CertificateExpiry } from "../../certificates/expiry";
import { clientExpiries } from "../../certificates/expiryList";
import type { CertificateFacts } from "../../certificates/x509";
import { generationOf } from "../../glooMesh/generation";
import { readRelease } from "../../glooMesh/helmRelease";
import { readLiveCertificate } from "../../glooMesh/liveCertificate";
import { isRenewed } from "../../glooMesh/modes";
import { reasonIdOf } from "../../glooMesh/reasons";
import { paths, samePlace } from "../../kubernetes/objects";
import { replaceMissingRelease } from "../deregistration/orphanedRelease";
import { refuseToUninstall } from "../deregistration/refusedEnds";
import { orForgotten, orLeftBehind, refuseToDeregister } from "../deregistration/unreachable";
import { isAgentOfAnother } from "../shared/agentOwner";
import { isChanged } from "../shared/changes";
import { type AgentSecret, removeClientSecret } from "../shared/clientSecret";
import type { ClientCertificateInputs, MarkedObject } from "../shared/inputs";
import { interruptionSignal } from "../shared/interruption";
import { keyOf, removeMarked } from "../shared/markedObjects";
import { hubOf, openCluster, openClusterForRefresh, placedElsewhere } from "../shared/openCluster";
import type { Operations } from "../shared/operations";
import { report } from "../shared/report";
import { type GoodCertificate, type Proof, prove } from "./proof";
import type { EarlierProof, Progress } from "./proofRun";

export type ClientCertificateState = ClientCertificateInputs &
  Partial<PublicFacts> &
  Partial<Proof> & {
    /** Secrets that the agent no longer uses; they are removed after a proof with the present one. */
    readonly formerSecrets?: readonly AgentSecret[];
    /** What earlier runs declared; it is removed after a proof, too. */
    readonly leftovers?: readonly MarkedObject[];
  };

/** Facts of the certificate in the state. */
type PublicFacts = CertificateFacts & {
  /** When the certificate and its CAs expire. Missing in states of earlier versions. */
  readonly certificates: readonly CertificateExpiry[];
};

/** The dynamic resource that waits for the agent's client certificate and proves it. It keeps a failed proof, so that the next run resumes it. */
export const clientCertificate: Operations<ClientCertificateInputs, ClientCertificateState> = {
  async create(inputs) {
    const id = `${inputs.remoteIdentity}/${inputs.namespace}/${inputs.clientSecret.name}`;
    return { id, outs: await proveOrKeep(id, inputs) };
  },

  async diff(_id, olds, news) {
    const elsewhere = placedElsewhere(olds, news);
    if (elsewhere) return elsewhere;
    if (olds.namespace !== news.namespace) return { changes: true, replaces: ["namespace"] };
    // A failed proof: a refresh removes the failure from the state, and leaves the resource without a proof.
    return { changes: olds.proof === undefined || isChanged(olds, news) };
  },

  async update(id, olds, news) {
    if (await isReleaseGone(olds, news)) return { outs: { ...olds, ...news } };
    const outs = await proveOrKeep(id, news, olds);
    await removePrevious(news, outs.formerSecrets ?? []);
    await removeLeftovers(news, outs.leftovers ?? []);
    return { outs: { ...outs, formerSecrets: [], leftovers: [] } };
  },

  async read(id, props) {
    const client = await orForgotten(openClusterForRefresh(props));
    // Without the namespace there is no agent to prove; the next run proves again, and a destroy has nothing to do here.
    if (!client || !(await client.find(paths.namespace(props.namespace)))) return {};
    if (props.certificate === "none") return { id, props };
    const { verdict } = await readLiveCertificate(client, props);
    // A certificate that the agent has renewed gives new facts; a bad one is left to the diff, which plans its repair.
    return { id, props: verdict.accepted ? { ...props, ...publicFacts(verdict, props) } : props };
  },

  async delete(_id, props) {
    // This is the first delete. If a context leads to another cluster, or to none, the deregistration must end here: the Kubernetes provider's deletes,
    // which follow, would take that cluster's release for the registration's, or stop halfway.
    const hub = awaitedLater(orLeftBehind(openCluster(hubOf(props))));
    const client = await openCluster(props).catch(refuseToDeregister);
    await refuseToUninstall(await hub, client, props);
    if (!props.leaveRunning && !props.agentProvided) await replaceMissingRelease(client, props);
    // The deregistration removes the present Secret: this resource may have been replaced, and the agent still uses it.
    const formerSecrets = props.formerSecrets ?? [];
    if (formerSecrets.length === 0 || (await isAgentOfAnother(client, props, !props.agentProvided))) return;
    for (const secret of formerSecrets) await removeClientSecret(client, secret);
  },
};

/**
 * Whether the only work is to prove a release that someone else deleted. Only a refresh lets Pulumi install it again: until then the earlier proof is
 * kept, so that the next run proves the new release, and the checks warn (GMR312).
 */
async function isReleaseGone(olds: ClientCertificateState, news: ClientCertificateInputs): Promise<boolean> {
  if (reasonIdOf(news.reason) !== "release-missing" || olds.proof === undefined) return false;
  if (isChanged(olds, { ...news, reason: "" })) return false;
  const client = await openCluster(news);
  const release = await readRelease(client, news.namespace, news.releaseName, interruptionSignal());
  return release === undefined || release.status === "uninstalled";
}

/** Proves, or throws an error with id and properties: Pulumi then keeps the resource, and its next run updates it instead of recreating it. */
async function proveOrKeep(
  id: string,
  inputs: ClientCertificateInputs,
  earlier?: ClientCertificateState,
): Promise<ClientCertificateState> {
  const formerSecrets = earlier ? previousSecrets(inputs, earlier) : [];
  const leftovers = leftoversOf(inputs, earlier);
  // The agent's present root CA and reissue value: the next run must know them even if this one fails.
  const { rootCertificate, reissue = "", tokenExposureSeconds }: EarlierProof = earlier ?? inputs;
  const kept: Progress = {
    rootCertificate,
    reissue,
    ...(tokenExposureSeconds !== undefined && { tokenExposureSeconds }),
  };
  try {
    const keep = (progress: Progress) => Object.assign(kept, progress);
    const { certificate, ...proof } = await prove(inputs, earlier, keep);
    return {
      ...inputs,
      ...(certificate ? publicFacts(certificate, inputs) : noFacts),
      ...proof,
      formerSecrets,
      leftovers,
    };
  } catch (error) {
    const message = describeError(error);
    const properties = { ...inputs, ...kept, formerSecrets, leftovers };
    throw Object.assign(new Error(message, { cause: error }), { id, properties, reasons: [message] });
  }
}

function publicFacts(verdict: GoodCertificate, inputs: ClientCertificateInputs): PublicFacts {
  const { subject: _subject, ...facts } = verdict.facts;
  const { clusterName, clientSecret, generation } = inputs;
  const renewed = isRenewed(inputs, generationOf(generation));
  return { ...facts, certificates: clientExpiries(verdict, clusterName, clientSecret, renewed) };
}

/** The outputs of a registration that has no certificate. */
const noFacts: PublicFacts = {
  fingerprint: "",
  serialNumber: "",
  issuer: "",
  notBefore: "",
  notAfter: "",
  dnsNames: [],
  certificates: [],
};

/** All Secrets in which the agent has stored a certificate. */
function secretsOf({
  formerSecrets = [],
  removeOnDelete,
  clientSecret,
  clusterName,
}: ClientCertificateState): readonly AgentSecret[] {
  return removeOnDelete ? [...formerSecrets, { ...clientSecret, clusterName }] : formerSecrets;
}

/** What earlier runs declared and no proof has removed yet. */
function leftoversOf({ previous }: ClientCertificateInputs, earlier?: ClientCertificateState): readonly MarkedObject[] {
  const known = new Set((earlier?.previous ?? []).map(keyOf));
  const present = new Set(previous.map(keyOf));
  const pending = (earlier?.leftovers ?? []).filter((object) => present.has(keyOf(object)));
  return [...pending, ...previous.filter((object) => !known.has(keyOf(object)))];
}

async function removeLeftovers(inputs: ClientCertificateInputs, leftovers: readonly MarkedObject[]): Promise<void> {
  for (const object of leftovers) {
    const cluster = object.identity === inputs.remoteIdentity ? inputs : hubOf(inputs);
    await removeMarked(await openCluster(cluster), object, inputs);
  }
}

/** Secrets in which the agent has stored certificates that it no longer uses. */
function previousSecrets(news: ClientCertificateInputs, olds: ClientCertificateState): readonly AgentSecret[] {
  return secretsOf(olds).filter(
    (place, index, all) =>
      (news.certificate === "none" || !samePlace(place, news.clientSecret)) &&
      all.findIndex((other) => samePlace(place, other)) === index,
  );
}

async function removePrevious(inputs: ClientCertificateInputs, secrets: readonly AgentSecret[]): Promise<void> {
  if (secrets.length === 0) return;
  const client = await openCluster(inputs);
  for (const secret of secrets) {
    if (!(await removeClientSecret(client, secret))) continue;
    const place = `${secret.namespace}/${secret.name}`;
    report(`${inputs.clusterName}: removed the client certificate at its previous place (${place})`);
  }
}
