import { parseForeignJson } from "../base/foreignJson";
import { isMap } from "../base/json";

/** What a line of a log says, without time, level, place in the source and stack. */
export interface LogLine {
  /** The message, its error and the other fields. */
  readonly text: string;
  /** The error alone, of a structured line that has one. */
  readonly error?: string;
}

/** Reads a line of zap's or slog's JSON: its message says what failed, its error says why. Of any other line only the time goes. */
export function readLogLine(line: string): LogLine {
  const fields = fieldsOf(line);
  if (!fields) return { text: line.replace(time, "") };
  const [message, error] = [stringOf(fields, "msg", "message"), stringOf(fields, "error", "err")];
  const sentence = [message, error].filter((part) => part !== undefined).join(": ");
  if (sentence === "") return { text: line };
  const rest = Object.entries(fields).flatMap(([key, value]) =>
    surroundings.has(key) || !isScalar(value) ? [] : [`${key}=${JSON.stringify(value)}`],
  );
  return {
    text: rest.length === 0 ? sentence : `${sentence} (${rest.join(", ")})`,
    ...(error === undefined ? {} : { error }),
  };
}

/** The time that klog, Go's log and zap's console encoder write before a message; klog's severity and thread too. */
const time =
  /^\s*(?:[IWEF]\d{4} \d\d:\d\d:\d\d\.\d+\s+\d+ |\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?\s+)/;

/** Fields that are part of the sentence, and those about the line rather than its content. */
const surroundings: ReadonlySet<string> = new Set([
  ...["msg", "message", "error", "err"],
  ...["level", "severity", "ts", "time", "timestamp", "logger", "caller", "source", "stacktrace", "errorVerbose"],
]);

function fieldsOf(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.trimStart().startsWith("{")) return undefined;
  try {
    const fields = parseForeignJson(line);
    return isMap(fields) ? fields : undefined;
  } catch {
    return undefined;
  }
}

function stringOf(fields: Readonly<Record<string, unknown>>, ...keys: readonly string[]): string | undefined {
  return keys.map((key) => fields[key]).find((value) => typeof value === "string" && value.trim() !== "") as
    | string
    | undefined;
}

function isScalar(value: unknown): value is string | number | boolean {
  return ["string", "number", "boolean"].includes(typeof value);
}
