import { mask } from "../../components/base/mask";
import type { ReportedProblem } from "./fleetReport";

const separator = " — ";

/**
 * The problems in a message of the engine. Ours have one line each, `CODE what — where — cause — next`, and hold no secret. Whatever else it says
 * is of others, and is masked.
 */
export function problemsIn(message: string, severity: ReportedProblem["severity"]): ReportedProblem[] {
  const lines = plain(message)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const ours = lines.filter((line) => codeOf(line) !== undefined);
  if (ours.length > 0) return ours.map((line) => parseProblem(line, severity));
  const masked = mask(lines.join(" "));
  return masked === undefined ? [] : [{ severity, what: masked }];
}

/** The text of a message without the engine's marks for colours. */
export function plain(message: string): string {
  return message.replace(/<\{%[^%]*%\}>/g, "").replace(/\p{Cc}\[\d*(?:;\d*)*m/gu, "");
}

/** What the engine and the SDK say of a run because something else failed, which they tell as well. */
export function isConsequence({ code, what }: ReportedProblem): boolean {
  return code === undefined && /^(?:update|preview) failed$|\bfailed to register\b/.test(what);
}

/** The one-line form again. */
export function problemLine({ code, what, where, cause, next }: ReportedProblem): string {
  const first = code === undefined ? what : `${code} ${what}`;
  return [first, where, cause, next].filter((part) => part !== undefined).join(separator);
}

function codeOf(line: string): string | undefined {
  return /(?:^|: |^\* )(GMR\d{3}) /.exec(line)?.[1];
}

function parseProblem(line: string, severity: ReportedProblem["severity"]): ReportedProblem {
  const code = codeOf(line) ?? "";
  const text = line.slice(line.indexOf(`${code} `) + code.length + 1);
  const [what = "", where, ...rest] = text.split(separator);
  const next = rest.at(-1);
  const cause = rest.slice(0, -1).join(separator);
  return {
    severity,
    code,
    what,
    ...(where === undefined ? {} : { where }),
    ...(cause === "" ? {} : { cause }),
    ...(next === undefined ? {} : { next }),
  };
}
