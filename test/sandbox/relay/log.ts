/** A line in the format of zap's JSON encoder, which both programs of the product use. */
export function logLine(
  level: "debug" | "info" | "warn" | "error" | "fatal",
  logger: string,
  message: string,
  fields: Readonly<Record<string, unknown>> = {},
): string {
  return JSON.stringify({ level, ts: Date.now() / 1000, logger, msg: message, ...fields });
}

/** Text of anything that was thrown. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
