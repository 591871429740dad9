import { mask } from "../base/mask";
import type { CauseId } from "./causes";
import { counterpartOf, type RelayContext } from "./counterpart";
import { certified, connected, type LogSign, logSigns } from "./logSigns";

/** A cause, with what shows it. */
export interface Evidence {
  readonly id: CauseId;
  readonly evidence: string | undefined;
}

/**
 * The newest line that says something counts, and whatever was wrong before the agent was connected is over. Among vague lines and
 * definite ones the definite win: a dial that ends with "context deadline exceeded" tells less than the refusal before it.
 */
export function judgeLog(log: readonly string[], subject: RelayContext): Evidence | undefined {
  let vague: Evidence | undefined;
  for (const whole of log.toReversed()) {
    const line = beginningOf(whole);
    if (connected.test(line)) {
      if (vague || subject.certificatePresent) return vague;
      return { id: "certificate-secret-gone", evidence: mask(line, connected) };
    }
    if (certified.test(line)) return vague;
    const sign = signIn(line, subject);
    if (!sign) continue;
    const finding = { id: sign.cause, evidence: mask(line, sign.pattern) };
    if (!sign.vague) return finding;
    vague ??= finding;
  }
  return vague;
}

/**
 * Characters of a line in which signs are looked for. Some of their patterns take a time that grows with the square of the length: seconds for a
 * line as long as the log that is read, in which nothing could end the wait. What an agent says stands at the beginning.
 */
const longestJudged = 4096;

/** The part of a line that is judged and told; a word that the cut would leave half of, a secret perhaps, is left out. */
function beginningOf(line: string): string {
  if (line.length <= longestJudged) return line;
  return line.slice(0, longestJudged).replace(/[^\s"',;{}()]*$/, "");
}

function signIn(line: string, subject: RelayContext): LogSign | undefined {
  const counterpart = counterpartOf(line, subject);
  return logSigns.find(
    (sign) =>
      (sign.about ?? ["relay"]).includes(counterpart) &&
      sign.pattern.test(line) &&
      !(sign.cause === "secret-missing" && line.includes(subject.clientSecretName ?? "relay-client-tls-secret")),
  );
}
