import type { Verdict } from "../../certificates/clientCertificate";
import type { CertificateExpiry } from "../../certificates/expiry";
import { clientExpiries } from "../../certificates/expiryList";
import type { CertificateFacts } from "../../certificates/x509";
import { findLatestRevision } from "../../glooMesh/helmRelease";
import { judgeLiveCertificate } from "../../glooMesh/liveCertificate";
import type { KubernetesClient } from "../../kubernetes/client";
import { ApiError } from "../../kubernetes/errors";
import type { SecretPlace } from "../../kubernetes/objects";
import { paths } from "../../kubernetes/objects";
import { samePlace } from "../bootstrapToken/bootstrapToken";
import { removeClientSecret } from "../deregistration/clientSecret";
import { replaceMissingRelease } from "../deregistration/orphanedRelease";
import { orForgotten, orLeftBehind, refusedToDeregister } from "../deregistration/unreachable";
import { isAgentOfAnother } from "../shared/agentOwner";
import type { ClientCertificateInputs } from "../shared/inputs";
import { interruptionSignal } from "../shared/interruption";
import { hubOf, openCluster, openClusterForRefresh, placedElsewhere } from "../shared/openCluster";
import type { Operations } from "../shared/operations";
import { report } from "../shared/report";
import { type Proof, prove } from "./proof";
import type { Progress } from "./proofRun";

/** Where the agent wrote a certificate, and for which name. */
interface FormerSecret extends SecretPlace {
  readonly clusterName: string;
}

export type ClientCertificateState = ClientCertificateInputs &
  Partial<PublicFacts> &
  Partial<Proof> & {
    /** Secrets of the agent at places that it no longer uses; they go once the proof has succeeded at the present place. */
    readonly formerSecrets?: readonly FormerSecret[];
  };

/** What the state keeps of the certificate. */
type PublicFacts = CertificateFacts & {
  /** When it ends, and when those end that lie with it. Missing in states from before it was kept. */
  readonly certificates: readonly CertificateExpiry[];
};

/** Waits for the agent's client certificate and proves it. A failed proof is kept, so that the next run resumes it. */
export const clientCertificate: Operations<ClientCertificateInputs, ClientCertificateState> = {
  async create(inputs) {
    const id = `${inputs.remoteIdentity}/${inputs.namespace}/${inputs.clientSecret.name}`;
    return { id, outs: await proveOrKeep(id, inputs) };
  },

  async diff(_id, olds, news) {
    const elsewhere = placedElsewhere(olds, news);
    if (elsewhere) return elsewhere;
    if (olds.namespace !== news.namespace) return { changes: true, replaces: ["namespace"] };
    const keys = Object.keys(news) as (keyof ClientCertificateInputs)[];
    if (keys.some((key) => JSON.stringify(olds[key]) !== JSON.stringify(news[key]))) return { changes: true };
    // A proof that failed: a refresh takes the failure out of the state, and what was not proven stays.
    if (olds.proof === undefined) return { changes: true };
    const client = await openCluster(news, interruptionSignal());
    if (await isReleaseUnproven(client, news)) return { changes: true };
    // With a one-time token its resource has looked at the certificate already.
    if (news.removeToken) return { changes: false };
    // Without TLS there is none.
    if (news.certificate === "none") return { changes: false };
    const verdict = await judgeLiveCertificate(client, news);
    if (verdict.accepted) return { changes: false };
    if (news.certificate === "provided") {
      report(
        `${news.clusterName}: the provided client certificate is not good: ${verdict.fault}; it will be waited for again`,
      );
    }
    return { changes: true };
  },

  async update(id, olds, news) {
    const outs = await proveOrKeep(id, news, olds);
    await removeFormerSecrets(news, outs.formerSecrets ?? []);
    return { outs: { ...outs, formerSecrets: [] } };
  },

  async read(id, props) {
    const client = await orForgotten(openClusterForRefresh(props, interruptionSignal()));
    // Without the namespace there is no agent to prove; the next run proves anew, and a destroy has nothing to do here.
    if (!client || !(await client.find(paths.namespace(props.namespace)))) return {};
    if (props.certificate === "none") return { id, props };
    const verdict = await judgeLiveCertificate(client, props);
    // A certificate that the agent has renewed is followed; a bad one is left to the diff, which plans its repair.
    return { id, props: verdict.accepted ? { ...props, ...publicFacts(verdict, props) } : props };
  },

  async delete(_id, props) {
    const signal = interruptionSignal();
    // The first thing to go. If a context leads to another cluster, or to none, leaving must end here: the deletes that follow are the
    // Kubernetes provider's, which would take that cluster's objects for ours, or stop halfway.
    const client = await openCluster(props, signal).catch((error) => {
      throw refusedToDeregister(error);
    });
    await orLeftBehind(openCluster(hubOf(props), signal));
    await replaceMissingRelease(client, props, signal);
    if (await isAgentOfAnother(client, props, signal)) return;
    const present = props.removeOnDelete ? [{ ...props.clientSecret, clusterName: props.clusterName }] : [];
    for (const { clusterName, ...clientSecret } of [...present, ...(props.formerSecrets ?? [])]) {
      await removeClientSecret(client, { clientSecret, clusterName }, signal);
    }
  },
};

/** A release that was removed by hand and put back by a refresh begins again with revision 1, as the one before: no input tells it. */
async function isReleaseUnproven(client: KubernetesClient, inputs: ClientCertificateInputs): Promise<boolean> {
  const revision = await findLatestRevision(client, inputs.namespace, inputs.releaseName, interruptionSignal());
  return revision?.status === "deployed" && !revision.recorded;
}

/** Pulumi keeps a resource whose error carries id and properties, and its next run updates it instead of making it anew. */
async function proveOrKeep(
  id: string,
  inputs: ClientCertificateInputs,
  earlier?: ClientCertificateState,
): Promise<ClientCertificateState> {
  const formerSecrets = formerPlaces(inputs, earlier);
  // What is true of the agent until it is made to differ: the next run must know of it even if this one fails.
  let kept: Progress = {
    ...(earlier && { rootCertificate: earlier.rootCertificate, reissue: earlier.reissue ?? "" }),
    ...(earlier?.tokenExposureSeconds !== undefined && { tokenExposureSeconds: earlier.tokenExposureSeconds }),
  };
  try {
    const { certificate, ...proof } = await prove(inputs, earlier, interruptionSignal(), (progress) => {
      kept = { ...kept, ...progress };
    });
    return { ...inputs, ...(certificate ? publicFacts(certificate, inputs) : noFacts), ...proof, formerSecrets };
  } catch (thrown) {
    const error = thrown instanceof ApiError ? thrown.coded() : thrown;
    const message = error instanceof Error ? error.message : String(error);
    const properties = { ...inputs, ...kept, formerSecrets };
    throw Object.assign(new Error(message), { id, properties, reasons: [message] });
  }
}

function publicFacts(
  verdict: Extract<Verdict, { accepted: true }>,
  { clusterName, clientSecret }: ClientCertificateInputs,
): PublicFacts {
  const { subject: _subject, ...facts } = verdict.facts;
  return { ...facts, certificates: clientExpiries(verdict, clusterName, clientSecret) };
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

/** Where the agent has written certificates that it no longer uses. */
function formerPlaces(
  news: ClientCertificateInputs,
  olds: ClientCertificateState | undefined,
): readonly FormerSecret[] {
  if (!olds) return [];
  const present = [
    ...(olds.formerSecrets ?? []),
    ...(olds.removeOnDelete ? [{ ...olds.clientSecret, clusterName: olds.clusterName }] : []),
  ];
  return present.filter(
    (place, index) =>
      (news.certificate === "none" || !samePlace(place, news.clientSecret)) &&
      present.findIndex((other) => samePlace(place, other)) === index,
  );
}

async function removeFormerSecrets(inputs: ClientCertificateInputs, places: readonly FormerSecret[]): Promise<void> {
  if (places.length === 0) return;
  const client = await openCluster(inputs, interruptionSignal());
  for (const { clusterName, ...clientSecret } of places) {
    if (!(await removeClientSecret(client, { clientSecret, clusterName }, interruptionSignal()))) continue;
    const { namespace, name } = clientSecret;
    report(`${inputs.clusterName}: removed the client certificate at its former place (${namespace}/${name})`);
  }
}
