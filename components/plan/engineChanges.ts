import { anyOf } from "../base/text";
import type { DesiredState } from "./desiredState";
import { changed, known, type PlanLine, type PlanStep } from "./planMessage";

/** What Pulumi's engine is about to do in this run, as a preview shows it: it knows the arguments of the run before. */
export interface EngineChanges {
  readonly preparation: boolean;
  readonly token: boolean;
  readonly crds: boolean;
  readonly agent: boolean;
  readonly certificate: boolean;
  /** Objects that differ from Pulumi's state since the run before, and that the engine leaves as they are, with the program that wrote them last. */
  readonly edited: ReadonlyMap<PlanStep, string | undefined>;
}

/** The lines of a plan in view of what the engine does: without changes that it does not make, and with those that only Pulumi's state can show. */
export function settleLines(
  lines: readonly PlanLine[],
  desired: DesiredState,
  engine: EngineChanges,
): readonly PlanLine[] {
  const made = lines.map((line) =>
    line.step !== undefined && engine.edited.has(line.step) && line.sign !== " "
      ? known(leftAlone(line.text, engine.edited.get(line.step)))
      : line,
  );
  if (made.some(({ sign }) => sign !== " ")) return made;
  return [...made, ...unseenChanges(desired, engine)];
}

/**
 * Restores fields that another program has written. Pulumi's Kubernetes provider takes them over from kubectl alone; from any other program the API server
 * refuses them (a conflict of server-side apply).
 */
export const restoreByForce = "PULUMI_K8S_ENABLE_PATCH_FORCE=true pulumi up --refresh";

function leftAlone(text: string, writer: string | undefined): string {
  const isPerson = writer === undefined || writer.startsWith("kubectl");
  const [who, command] = isPerson ? ["someone else", "pulumi up --refresh"] : [writer, restoreByForce];
  return `${text}: ${who} has changed it, and only \`${command}\` restores it`;
}

/** Changes of arguments that leave no trace on the clusters. */
function unseenChanges({ reissue, chartArguments }: DesiredState, engine: EngineChanges): readonly PlanLine[] {
  const { crds, agent, token, certificate, preparation } = engine;
  if (agent) {
    const given = chartArguments.length === 0 ? "" : `, such as ${anyOf(chartArguments)}`;
    return [changed(`agent: an argument of its chart has changed${given}; Helm runs again, at most one restart`)];
  }
  if (crds)
    return [changed("CRDs: an argument of their chart has changed; Helm runs again, without a restart of the agent")];
  if (token && reissue !== "") {
    return [changed("client certificate: reissued, with a temporary token, if clientCertificate.reissue has changed")];
  }
  if (token || certificate || preparation) {
    return [changed("an argument without a trace on the clusters has changed; the registration is proven again")];
  }
  return [];
}
