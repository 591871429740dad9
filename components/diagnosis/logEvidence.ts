import { mask } from "../base/mask";
import { beginningOf } from "../base/text";
import type { CauseId } from "./causes";
import { counterpartOf, type RelayContext } from "./counterpart";
import { certified, connected, type LogSign, logSigns } from "./logSigns";

/** A root cause with its evidence: a masked line of a log, status or event. */
export interface Evidence {
  readonly id: CauseId;
  readonly evidence?: string | undefined;
}

/**
 * The root cause in an agent's log: that of the newest line with a sign. Lines before a connection or a certificate no longer count. A definite
 * line wins over a newer vague one: "context deadline exceeded" says less than the refusal before it.
 */
export function judgeLog(log: readonly string[], subject: RelayContext): Evidence | undefined {
  let vague: Evidence | undefined;
  for (const whole of log.toReversed()) {
    const line = beginningOf(whole, longestJudged);
    if (connected.test(line)) {
      if (vague || subject.certificatePresent) return vague;
      return { id: "certificate-secret-gone", evidence: mask(line, connected) };
    }
    if (certified.test(line)) return vague;
    const sign = signIn(line, subject);
    if (!sign) continue;
    const [id, pattern, limits] = sign;
    const finding = { id, evidence: mask(line, pattern) };
    if (!limits?.vague) return finding;
    vague ??= finding;
  }
  return vague;
}

/**
 * Length of the beginning of a line in which signs are searched: an agent writes its message there. Some patterns need quadratic time, seconds
 * for a line of the length of the whole log, and nothing could interrupt the wait meanwhile.
 */
const longestJudged = 4096;

function signIn(line: string, subject: RelayContext): LogSign | undefined {
  const counterpart = counterpartOf(line, subject);
  return logSigns.find(
    ([cause, pattern, { about = ["relay"] } = {}]) =>
      about.includes(counterpart) &&
      pattern.test(line) &&
      !(cause === "secret-missing" && line.includes(subject.clientSecretName ?? "relay-client-tls-secret")),
  );
}
