import { judgeClientCertificate } from "../../certificates/clientCertificate";
import type { NamedCertificate } from "../../certificates/x509";
import { expectationOf, isOfAnotherCluster } from "../../glooMesh/liveCertificate";
import { kubectl } from "../../kubernetes/commands";
import { type ObjectList, paths, type Secret } from "../../kubernetes/objects";
import { followUntil } from "../shared/waiting";
import type { ProofRun, Stage } from "./proofRun";
import { mayRemove, removeForeignCertificate } from "./rebootstrap";

/**
 * Waits until the Secret holds a good certificate. The last fault is the reason when the time is over. `seen` is the Secret, if it has been listed
 * already: the watch begins there.
 */
export async function awaitCertificate(
  run: ProofRun,
  seen: ObjectList<Secret> | undefined,
): Promise<{ secret: Secret; facts: NamedCertificate }> {
  const { inputs } = run;
  const { namespace, name } = inputs.clientSecret;
  // Decides for a good Secret, and for one that must be removed before a good one can be stored.
  const judge = (secret: Secret | undefined) => {
    const verdict = judgeClientCertificate(secret, expectationOf(inputs));
    run.stage = stageOf(run, verdict.accepted || verdict.missing ? undefined : verdict.fault);
    if (!secret) return undefined;
    const isDecided = verdict.accepted || (mayRemove(run) && isOfAnotherCluster(secret, inputs.clusterName));
    return isDecided ? { secret, verdict } : undefined;
  };
  for (let list = seen; ; list = undefined) {
    const { secret, verdict } = await followUntil(run, paths.secrets(namespace), name, judge, list);
    if (verdict.accepted) return { secret, facts: verdict.facts };
    await removeForeignCertificate(run, secret, verdict.fault);
  }
}

/** What the run reports if its time is over without a certificate. */
export const noCertificate: Stage = {
  code: "GMR501",
  what: "The relay agent got no client certificate",
  waiting: "no certificate yet",
};

/** What the run reports if its time is over now. */
function stageOf({ client, inputs }: ProofRun, fault: string | undefined): Stage {
  const stage: Stage =
    fault === undefined
      ? noCertificate
      : {
          code: "GMR502",
          what: `The client certificate is not acceptable: ${fault}`,
          waiting: `not acceptable: ${fault}`,
        };
  // The relay server issues any other certificate: why it has not, the diagnosis of the agent shows.
  if (inputs.certificate !== "provided") return stage;
  const { namespace, name } = inputs.clientSecret;
  const certManager = `with cert-manager: ${kubectl(client.access, namespace, "describe", "certificates.cert-manager.io")}`;
  if (fault === undefined) {
    return {
      ...stage,
      waiting: `waiting for the Secret ${namespace}/${name}`,
      cause: `the Secret ${namespace}/${name}, which must be provided, does not exist`,
      next: `check what must create it; ${certManager}`,
    };
  }
  return {
    ...stage,
    cause: `the Secret ${namespace}/${name} is provided, so this registration does not reissue it`,
    next: `replace it by one with tls.crt for the DNS name ${inputs.clusterName}, its tls.key and its ca.crt; ${certManager}`,
  };
}
