import { execFile } from "node:child_process";
import { join } from "node:path";
import type { ProblemCode } from "../../../components/base/problems";
import { repositoryRoot } from "../../sandbox/repositoryRoot";
import { compiledModules } from "../../toolchain";

/** Output and exit code of the doctor. */
export interface DoctorRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The doctor's JSON, as far as the tests read it. */
export interface DoctorDocument {
  readonly registration: string;
  readonly why: string;
  readonly clusterName: string;
  readonly owner?: string;
  readonly good: boolean;
  readonly checks: readonly { readonly name: string; readonly result: string; readonly seen?: string }[];
  readonly findings: readonly {
    readonly severity: string;
    readonly code: ProblemCode;
    readonly cause?: string;
    readonly next: string;
    readonly rootCause?: string;
  }[];
  readonly reasons: readonly string[];
  readonly certificates: readonly { readonly kind: string; readonly daysLeft: number; readonly due: boolean }[];
  readonly notes: readonly string[];
}

/** Runs the doctor in a process of its own that knows of no Pulumi: neither its home, nor a login, nor the CLI. */
export function runDoctor(args: readonly string[]): Promise<DoctorRun> {
  const program = join(repositoryRoot(), "bin", "cli", "main.js");
  const env = { PATH: "/nonexistent", HOME: "/nonexistent", NODE_COMPILE_CACHE: compiledModules(process.env) };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [program, "doctor", ...args], { env }, (error, stdout, stderr) => {
      if (error && typeof error.code !== "number") reject(error);
      else resolve({ exitCode: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
    });
  });
}

/** The same, for programs. */
export async function askDoctor(args: readonly string[]): Promise<{ exitCode: number; document: DoctorDocument }> {
  const { exitCode, stdout } = await runDoctor([...args, "--output", "json"]);
  return { exitCode, document: JSON.parse(stdout) as DoctorDocument };
}
