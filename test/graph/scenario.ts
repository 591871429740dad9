import { execFile } from "node:child_process";
import { join } from "node:path";
import { compiledModules } from "../toolchain";

/** What the program declares; crosses into its process as JSON. */
export interface Scenario {
  readonly preview?: boolean;
  /** In a preview: the state has all resources, so that their ids are known, and the outputs of those that do not change. */
  readonly known?: boolean;
  /** How often the state says that a Helm release was cleared. Default 0. */
  readonly recoveries?: number;
  /** When the program ends for the SDK: with outputs that take a failure for a value, or at once, since it has none. Default: with a failure. */
  readonly ends?: "with its outputs" | "at once";
  /** Of any kind, as in a program in JavaScript. */
  readonly clusters: Readonly<
    Record<string, { kubeconfig?: unknown; context?: unknown; unknown?: boolean; secret?: boolean }>
  >;
  /** Version of Node.js that the program finds. Default: the present one. */
  readonly nodeVersion?: string;
  /** In the place of the environment's KUBECONFIG. */
  readonly ambientKubeconfig?: string;
  readonly registrations: Readonly<
    Record<
      string,
      {
        /** Name of one of the clusters, or a connection's arguments inline, or `{ $cluster: value }` for any value, as in a program in JavaScript. */
        management?: unknown;
        remote?: unknown;
        /** `{ $unknown: name }` stands for the output of a resource that is yet to be made, `{ $secret: value }` for a secret. */
        args?: object;
        passProvider?: "provider" | "providers";
        aliases?: readonly string[];
        /** Names of registrations before it. */
        dependsOn?: readonly string[];
      }
    >
  >;
}

/** A resource as it was registered; parent, provider and dependencies by their names. */
export interface RecordedResource {
  readonly type: string;
  readonly name: string;
  readonly parent: string;
  readonly provider: string;
  readonly dependencies: readonly string[];
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly options: object;
}

export interface ProgramResult {
  readonly resources: RecordedResource[];
  readonly outputs: Record<string, Record<string, unknown>>;
  /** Which of clusterName, relayServerAddress and agentVersion are secret, after their registration's name. */
  readonly secretOutputs: string[];
  readonly errors: string[];
  /** What the SDK would show of the errors, and on which resource. */
  readonly booked: { readonly resource: string; readonly text: string }[];
  /** What each registration failed with, by its name. */
  readonly failures: Record<string, string>;
  readonly warnings: string[];
  readonly infos: string[];
}

/** How the SDK sends a secret and an unknown value. */
const secretSignature = "4dabf18193072939515e22adb298388d";
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export function isSecret(value: unknown): value is { value: unknown } {
  return typeof value === "object" && value !== null && secretSignature in value;
}

/** The value without its wrapping as a secret. */
export function reveal(value: unknown): unknown {
  return isSecret(value) ? value.value : value;
}

/** Runs the program in a process of its own; resolves when there is nothing left for it to do. */
export function runProgram(scenario: Scenario): Promise<ProgramResult> {
  const program = join(__dirname, "program.js");
  const { ambientKubeconfig } = scenario;
  const ambient = ambientKubeconfig === undefined ? {} : { KUBECONFIG: ambientKubeconfig };
  // What Node has compiled for one program halves the time of the others.
  const compiled = { NODE_COMPILE_CACHE: compiledModules(process.env) };
  const options = { maxBuffer: 1 << 26, env: { ...process.env, ...ambient, ...compiled } };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [program, JSON.stringify(scenario)], options, (_error, stdout, stderr) => {
      try {
        resolve(JSON.parse(stdout) as ProgramResult);
      } catch {
        reject(new Error(`the program printed no result: ${stdout.slice(0, 500)} ${stderr.slice(0, 2000)}`));
      }
    });
  });
}
