import { mask } from "../base/mask";
import { beginningOf } from "../base/text";
import type { CauseId } from "./causes";
import { counterpartOf, type RelayContext } from "./counterpart";
import { readLogLine } from "./logLine";
import { certified, connected, type LogSign, logSigns } from "./logSigns";

/** Words of a cluster, masked. */
export interface Quotation {
  /** What a line of a log, a status or an event says. */
  readonly evidence?: string | undefined;
  /** The error alone, of a log line that has one beside its message. */
  readonly error?: string | undefined;
}

/** A root cause with its evidence. */
export interface Evidence extends Quotation {
  readonly id: CauseId;
}

/** The words of a log line; a long one is cut around what shows the cause. */
export function quoteLog(line: string | undefined, around?: RegExp): Quotation {
  if (line === undefined) return {};
  const { text, error } = readLogLine(line);
  return { evidence: mask(text, around), ...(error === undefined ? {} : { error: mask(error, around) }) };
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
      return { id: "certificate-secret-gone", ...quoteLog(whole, connected) };
    }
    if (certified.test(line)) return vague;
    const sign = signIn(line, subject);
    if (!sign) continue;
    const [id, pattern, limits] = sign;
    const finding = { id, ...quoteLog(whole, pattern) };
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
