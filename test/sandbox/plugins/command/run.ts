// Runs one command of a `local.Command` and collects what it prints.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { PlainMap } from "../engine/values";

export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a command with its resource's interpreter, folder, environment and standard input.
 * @returns what it printed, without the last line end
 * @throws when it does not end with code 0
 */
export async function runCommand(
  command: string,
  options: {
    readonly inputs: PlainMap;
    /** Output of the run before, which the command finds in its environment. */
    readonly previous: Output | undefined;
    readonly log: (line: string) => void;
    readonly signal: AbortSignal;
  },
): Promise<Output> {
  const { inputs, previous, log, signal } = options;
  const [program = "/bin/sh", ...args] = interpreter(inputs);
  const child = spawn(program, [...args, command], {
    cwd: typeof inputs["dir"] === "string" && inputs["dir"] ? inputs["dir"] : undefined,
    env: { ...process.env, ...environment(inputs), ...previousEnvironment(previous) },
    stdio: "pipe",
    signal,
  });
  const logging = inputs["logging"] ?? "stdoutAndStderr";
  const stdout = collect(child.stdout, logging === "stdout" || logging === "stdoutAndStderr" ? log : undefined);
  const stderr = collect(child.stderr, logging === "stderr" || logging === "stdoutAndStderr" ? log : undefined);
  // A command need not read what it is given.
  child.stdin.on("error", () => undefined);
  child.stdin.end(typeof inputs["stdin"] === "string" ? inputs["stdin"] : "");
  const ended = await new Promise<string>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, killedBy) =>
      resolve(killedBy ? `signal: ${killedBy}` : code ? `exit status ${code}` : ""),
    );
  });
  const output = { stdout: stdout(), stderr: stderr() };
  if (ended) throw new Error(`${ended}: running ${JSON.stringify(command)}:\n${output.stderr}`);
  return output;
}

function collect(stream: Readable, log: ((line: string) => void) | undefined): () => string {
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  if (log) createInterface({ input: stream }).on("line", log);
  return () => Buffer.concat(chunks).toString("utf8").replace(/\n$/, "");
}

function interpreter(inputs: PlainMap): string[] {
  const given = inputs["interpreter"];
  return Array.isArray(given) && given.length > 0 ? given.map(String) : ["/bin/sh", "-c"];
}

function environment(inputs: PlainMap): NodeJS.ProcessEnv {
  const given = inputs["environment"];
  if (typeof given !== "object" || given === null || Array.isArray(given)) return {};
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]));
}

function previousEnvironment(previous: Output | undefined): NodeJS.ProcessEnv {
  return previous ? { PULUMI_COMMAND_STDOUT: previous.stdout, PULUMI_COMMAND_STDERR: previous.stderr } : {};
}
