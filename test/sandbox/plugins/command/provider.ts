// The stand-in for pulumi-resource-command: `command:local:Command`.
import { createHash, randomBytes } from "node:crypto";
import type {
  CheckRequest,
  CheckResult,
  CreateRequest,
  DeleteRequest,
  Difference,
  DiffRequest,
  Provider,
  ReadRequest,
  UpdateRequest,
} from "../engine/provider";
import type { Host } from "../engine/serve";
import { hasSecret, type PlainMap, revealMap, Secret, toPlainMap, unknown, type ValueMap } from "../engine/values";
import { compare, replacements } from "../kubernetes/compare";
import { type Output, runCommand } from "./run";

const localCommand = "command:local:Command";
// They collect files into the state; nothing in the sandbox needs that.
const unsupported = ["assetPaths", "archivePaths"];

export class CommandProvider implements Provider {
  readonly schema: string;

  constructor(
    private readonly host: Host,
    readonly version: string,
  ) {
    this.schema = JSON.stringify({ name: "command", version });
  }

  async checkConfig(request: CheckRequest): Promise<CheckResult> {
    return { inputs: request.news };
  }

  async diffConfig(): Promise<Difference> {
    return { changed: false, replaces: [] };
  }

  async configure(): Promise<void> {}

  async check(request: CheckRequest): Promise<CheckResult> {
    if (request.type !== localCommand) {
      throw new Error(`${request.type} is not implemented by the stand-in plugin; it runs ${localCommand} only`);
    }
    const failures = unsupported
      .filter((property) => request.news[property] !== undefined && request.news[property] !== null)
      .map((property) => ({ property, reason: `${property} is not implemented by the stand-in plugin` }));
    return { inputs: request.news, failures };
  }

  async diff(request: DiffRequest): Promise<Difference> {
    const { stdout: _, stderr: __, ...olds } = revealMap(request.olds);
    const detail = compare(olds, revealMap(request.news), ([first]) => first === "triggers");
    for (const path of detail.keys()) if (request.ignoreChanges.includes(path)) detail.delete(path);
    return { changed: detail.size > 0, replaces: replacements(detail), detail };
  }

  async create(request: CreateRequest): Promise<{ id: string; outputs: ValueMap }> {
    if (request.preview) return { id: "", outputs: previewed(request.inputs) };
    const inputs = toPlainMap(request.inputs);
    const output = await this.run(request.urn, inputs["create"], inputs, undefined);
    const suffix = createHash("sha256").update(randomBytes(16)).digest("hex").slice(0, 8);
    return { id: `${request.name}${suffix}`, outputs: outputsOf(request.inputs, output) };
  }

  /** A command leaves nothing behind that could be read: what is in state is all that is known. */
  async read(request: ReadRequest): Promise<{ id: string; outputs: ValueMap; inputs: ValueMap }> {
    return { id: request.id, outputs: request.state, inputs: request.inputs };
  }

  async update(request: UpdateRequest): Promise<ValueMap> {
    if (request.preview) return previewed(request.news);
    const inputs = toPlainMap(request.news);
    const previous = previousOutput(request.olds);
    const output = await this.run(request.urn, inputs["update"] ?? inputs["create"], inputs, previous);
    return outputsOf(request.news, output ?? previous);
  }

  async delete(request: DeleteRequest): Promise<void> {
    const state = toPlainMap(request.state);
    await this.run(request.urn, state["delete"], state, previousOutput(request.state));
  }

  private async run(
    urn: string,
    command: unknown,
    inputs: PlainMap,
    previous: Output | undefined,
  ): Promise<Output | undefined> {
    if (typeof command !== "string" || command === "") return undefined;
    return await runCommand(command, {
      inputs,
      previous: inputs["addPreviousOutputInEnv"] === false ? undefined : previous,
      log: (line) => this.host.engine.log("info", urn, line),
      signal: this.host.signal,
    });
  }
}

function previousOutput(state: ValueMap): Output {
  const { stdout, stderr } = toPlainMap(state);
  return { stdout: String(stdout ?? ""), stderr: String(stderr ?? "") };
}

function outputsOf(inputs: ValueMap, output: Output | undefined): ValueMap {
  const { stdout, stderr } = output ?? { stdout: "", stderr: "" };
  // A command that was given a secret may well print it.
  const secret = hasSecret(inputs);
  return {
    ...inputs,
    stdout: secret ? new Secret(stdout) : stdout,
    stderr: secret ? new Secret(stderr) : stderr,
  };
}

function previewed(inputs: ValueMap): ValueMap {
  return { ...inputs, stdout: unknown, stderr: unknown };
}
