import type { Check } from "./doctorReport";
import type { LiveState } from "./liveChecks";
import { inArguments } from "./optionTerms";

/** The parts of the registration as checks. */
export function healthChecks({ health, findings }: LiveState): readonly Check[] {
  const unread =
    findings.length > 0 ? [{ group, name: "reads of the agent", findings: findings.map(inArguments) }] : [];
  return [
    ...unread,
    ...health.parts.map((part): Check => {
      const shared = { group, name: part.part };
      if (part.state === "good") return { ...shared, findings: [], detail: part.detail };
      if (part.state === "not looked at") return { ...shared, findings: [], skipped: part.why, follows: part.follows };
      const finding = inArguments({ ...part.problem, severity: "error" });
      return { ...shared, findings: [finding], follows: part.follows };
    }),
  ];
}

const group = "registration" as const;
