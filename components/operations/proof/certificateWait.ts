import { judgeClientCertificate } from "../../certificates/clientCertificate";
import type { NamedCertificate } from "../../certificates/x509";
import { expectationOf, isOfAnotherCluster } from "../../glooMesh/liveCertificate";
import { paths, type Secret } from "../../kubernetes/objects";
import { report } from "../shared/report";
import { followUntil } from "../shared/waiting";
import type { ProofRun, Stage } from "./proofRun";
import { mayRemove, removeForeignCertificate } from "./rebootstrap";

/** A Secret that was looked at: good, or one that has to go before a good one can come. */
type JudgedSecret =
  | { readonly secret: Secret; readonly facts: NamedCertificate }
  | { readonly secret: Secret; readonly fault: string };

/** Follows the Secret until its certificate is good. What is wrong with it is said once, and is the reason when the time is over. */
export async function awaitCertificate(run: ProofRun): Promise<{ secret: Secret; facts: NamedCertificate }> {
  const { client, inputs, signal } = run;
  const { namespace, name } = inputs.clientSecret;
  let told = "";
  const tell = (line: string) => {
    if (line === told) return;
    told = line;
    report(`${inputs.clusterName}: ${line}`);
  };
  const look = (secret: Secret | undefined): JudgedSecret | undefined => {
    const verdict = judgeClientCertificate(secret, expectationOf(inputs));
    run.stage = stageOf(run, verdict.accepted || verdict.missing ? undefined : verdict.fault);
    if (!secret) {
      if (inputs.certificate === "provided")
        tell(`waiting for the Secret ${namespace}/${name}, which is to be provided`);
      return undefined;
    }
    if (verdict.accepted) return { secret, facts: verdict.facts };
    if (mayRemove(run) && isOfAnotherCluster(secret, inputs.clusterName)) return { secret, fault: verdict.fault };
    tell(`waiting: the client certificate is not acceptable: ${verdict.fault}`);
    return undefined;
  };
  for (;;) {
    const seen = await followUntil<Secret, JudgedSecret>(
      client,
      paths.secrets(namespace),
      name,
      look,
      signal,
      (problem) => {
        run.trouble = problem;
      },
    );
    if ("facts" in seen) return seen;
    await removeForeignCertificate(run, seen.secret, seen.fault);
  }
}

/** What is told when the time is over now. */
function stageOf({ inputs }: ProofRun, fault: string | undefined): Stage {
  const { namespace, name } = inputs.clientSecret;
  const provided = inputs.certificate === "provided";
  const look = `kubectl -n ${namespace} describe certificates.cert-manager.io`;
  if (fault === undefined) {
    const what = "The relay agent got no client certificate";
    if (!provided) return { code: "GMR501", what };
    return {
      code: "GMR501",
      what,
      cause: `the Secret ${namespace}/${name} that is to be provided does not exist`,
      next: `look at what is to make it; with cert-manager: ${look}`,
    };
  }
  const what = `The client certificate is not acceptable: ${fault}`;
  if (!provided) return { code: "GMR502", what };
  return {
    code: "GMR502",
    what,
    cause: `the Secret ${namespace}/${name} is provided, and is not made anew here`,
    next: `replace it by one with tls.crt for the DNS name ${inputs.clusterName}, its tls.key and its ca.crt; with cert-manager: ${look}`,
  };
}
