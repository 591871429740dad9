#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { cleanLines } from "../components/base/foreignText";
import { nodeFault } from "../components/base/nodeVersion";
import { RegistrationError } from "../components/base/problems";
import { type ExitCode, exitCodes, Failure, Misuse, type Subcommand, type Terminal } from "./command";

const program = "gloo-mesh-relay-registration";

/** The subcommands, in the order of the help. Each is loaded alone, without the modules that only the others need. */
const subcommands: Readonly<Record<string, { summary: string; load: () => Promise<Subcommand> }>> = {
  doctor: {
    summary: "examines a registration, or what one would meet; read-only, without Pulumi",
    load: async () => (await import("./doctor.js")).doctor,
  },
  preview: {
    summary: "previews a stack and writes its plan as a comment for a pull request",
    load: async () => (await import("./fleetCommands.js")).preview,
  },
  comment: {
    summary: "writes a report as one comment of a pull request, which later runs update",
    load: async () => (await import("./comment.js")).comment,
  },
  apply: {
    summary: "runs `pulumi up` on a stack, also when single clusters fail, and reports on each of them",
    load: async () => (await import("./fleetCommands.js")).apply,
  },
  drift: {
    summary: "checks that nothing has changed and that no certificate is due; changes nothing",
    load: async () => (await import("./fleetCommands.js")).drift,
  },
};

/** Runs one subcommand. Throws defects alone, so that these keep their stack; prints everything that the user can fix. */
export async function main(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const [name = "", ...rest] = args;
  const fault = nodeFault(process.versions.node);
  if (fault !== undefined) {
    terminal.err(fault);
    return exitCodes.misuse;
  }
  const answer = (text: string) => {
    terminal.out(text);
    return exitCodes.good;
  };
  if (name === "--version") return answer(versionOfPackage());
  if (name === "--help" || name === "help") return answer(help());
  const row = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined;
  if (!row) {
    terminal.err(name === "" ? help() : `there is no subcommand ${JSON.stringify(name)}\n\n${help()}`);
    return exitCodes.misuse;
  }
  const subcommand = await row.load();
  if (rest.includes("--help")) return answer(subcommand.usage);
  try {
    return await subcommand.run(rest, terminal);
  } catch (error) {
    if (isMisuse(error)) {
      terminal.err(`${error.message}\nsee: ${program} ${name} --help`);
      return exitCodes.misuse;
    }
    if (!(error instanceof Failure) && !(error instanceof RegistrationError)) throw error;
    terminal.err(error.message);
    return exitCodes.findings;
  }
}

/** Also true for the error of parseArgs for an unknown option. */
function isMisuse(error: unknown): error is Error {
  if (error instanceof Misuse) return true;
  return error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
}

function help(): string {
  const width = Math.max(...Object.keys(subcommands).map(({ length }) => length));
  const lines = Object.entries(subcommands).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  return [
    `usage: ${program} <subcommand> [options]`,
    "",
    ...lines,
    "",
    `${program} <subcommand> --help lists its options.`,
    "Exit code: 0 good, 1 bad findings, 2 misuse.",
  ].join("\n");
}

function versionOfPackage(): string {
  const text = readFileSync(join(__dirname, "..", "..", "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

if (require.main === module) {
  const terminal: Terminal = {
    // The output of pulumi quotes clusters, too.
    out: (text) => process.stdout.write(`${cleanLines(text)}\n`),
    styled: (text) => process.stdout.write(`${text}\n`),
    err: (text) => process.stderr.write(`${cleanLines(text)}\n`),
    columns: process.stdout.isTTY ? process.stdout.columns : undefined,
  };
  // A closed pipe, such as to a `tee` that the same Ctrl-C ended, must not end a run that still saves its state.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  // process.exit() would cut off output to a pipe.
  main(process.argv.slice(2), terminal).then(
    (code) => {
      process.exitCode = code;
    },
    (error: unknown) => {
      console.error(error);
      process.exitCode = exitCodes.findings;
    },
  );
}
