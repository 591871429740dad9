import { judgeClientCertificate } from "../../certificates/clientCertificate";
import type { NamedCertificate } from "../../certificates/x509";
import { expectationOf, isOfAnotherCluster } from "../../glooMesh/liveCertificate";
import { kubectl } from "../../kubernetes/commands";
import { paths, type Secret } from "../../kubernetes/objects";
import { report } from "../shared/report";
import { followUntil } from "../shared/waiting";
import type { ProofRun, Stage } from "./proofRun";
import { mayRemove, removeForeignCertificate } from "./rebootstrap";

/** A judged Secret: a good one, or one that must be removed before a good one can be stored. */
type JudgedSecret =
  | { readonly secret: Secret; readonly facts: NamedCertificate }
  | { readonly secret: Secret; readonly fault: string };

/** Waits until the Secret holds a good certificate. Reports each fault once; the last fault is the reason when the time is over. */
export async function awaitCertificate(run: ProofRun): Promise<{ secret: Secret; facts: NamedCertificate }> {
  const { client, inputs, signal } = run;
  const { namespace, name } = inputs.clientSecret;
  let reported = "";
  const reportOnce = (line: string) => {
    if (line === reported) return;
    reported = line;
    report(`${inputs.clusterName}: ${line}`);
  };
  const judge = (secret: Secret | undefined): JudgedSecret | undefined => {
    const verdict = judgeClientCertificate(secret, expectationOf(inputs));
    run.stage = stageOf(run, verdict.accepted || verdict.missing ? undefined : verdict.fault);
    if (!secret) {
      if (inputs.certificate === "provided")
        reportOnce(`waiting for the Secret ${namespace}/${name}, which must be provided`);
      return undefined;
    }
    if (verdict.accepted) return { secret, facts: verdict.facts };
    if (mayRemove(run) && isOfAnotherCluster(secret, inputs.clusterName)) return { secret, fault: verdict.fault };
    reportOnce(`waiting: the client certificate is not acceptable: ${verdict.fault}`);
    return undefined;
  };
  for (;;) {
    const seen = await followUntil<Secret, JudgedSecret>(
      client,
      paths.secrets(namespace),
      name,
      judge,
      signal,
      (problem) => {
        run.trouble = problem;
      },
    );
    if ("facts" in seen) return seen;
    await removeForeignCertificate(run, seen.secret, seen.fault);
  }
}

/** What the run reports if its time is over now. */
function stageOf({ client, inputs }: ProofRun, fault: string | undefined): Stage {
  const { namespace, name } = inputs.clientSecret;
  const provided = inputs.certificate === "provided";
  const describe = kubectl(client.access, namespace, "describe", "certificates.cert-manager.io");
  if (fault === undefined) {
    const what = "The relay agent got no client certificate";
    if (!provided) return { code: "GMR501", what };
    return {
      code: "GMR501",
      what,
      cause: `the Secret ${namespace}/${name}, which must be provided, does not exist`,
      next: `check what must create it; with cert-manager: ${describe}`,
    };
  }
  const what = `The client certificate is not acceptable: ${fault}`;
  if (!provided) return { code: "GMR502", what };
  return {
    code: "GMR502",
    what,
    cause: `the Secret ${namespace}/${name} is provided, so this registration does not reissue it`,
    next: `replace it by one with tls.crt for the DNS name ${inputs.clusterName}, its tls.key and its ca.crt; with cert-manager: ${describe}`,
  };
}
