import { type AuditEvent, auditEvents } from "../sandbox/controlplane";
import type { Field } from "./field";
import type { TimedRun } from "./timedCommand";

const clientSecret = "relay-client-tls-secret";

/**
 * Milliseconds from the API server's answer to the agent, which stored its certificate, to Pulumi's line that the resource is done; one for
 * each cluster of an `up` that registered them.
 */
export async function latencies(field: Field, run: TimedRun): Promise<number[]> {
  return Promise.all(
    field.clusters.map(async (name) => {
      const done = run.began + doneAt(run, name);
      const times = (await auditEvents(field.sandbox.remote(name).plane, storesCertificate))
        .map(({ stageTimestamp }) => Date.parse(stageTimestamp))
        .filter((time) => time >= run.began && time <= done);
      const last = times.at(-1);
      if (last === undefined) throw new Error(`${name}: the audit log does not show when the client Secret was stored`);
      return done - last;
    }),
  );
}

/** The agent writes no other Secret. A request that creates does not always carry the name. */
function storesCertificate({ verb, resource, name, code, user }: AuditEvent): boolean {
  const isOfAgent = user.startsWith("system:serviceaccount:gloo-mesh:");
  return verb === "create" && resource === "secrets" && code === 201 && isOfAgent && ["", clientSecret].includes(name);
}

/** When Pulumi said that the proof of this cluster is done. */
function doneAt({ lines }: TimedRun, name: string): number {
  const line = lines.find(({ text }) => new RegExp(`:ClientCertificate ${name}-client-certificate created`).test(text));
  if (line === undefined) throw new Error(`pulumi did not say that ${name} was proven`);
  return line.at;
}
