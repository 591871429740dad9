import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { repositoryRoot } from "../sandbox/repositoryRoot";
import { buildGoProgram } from "../toolchain";

/** Go's verdict of one case. */
interface GoVerdict {
  readonly name: string;
  readonly accepted: boolean;
  /** Accepted at least when the clock is 300 s further. */
  readonly tolerated: boolean;
  /** Go's error; empty if accepted. */
  readonly reason: string;
  /** PEM of the root CA that the other side trusts. All PEM here is base64. */
  readonly roots: string;
}

/** A Secret with a client certificate, as the relay server judges it. */
export interface ClientCase extends GoVerdict {
  readonly kind: "client";
  readonly certificate: string;
  readonly key: string;
  readonly ca: string;
  readonly clusterName: string;
}

/** A relay server that listens, as the agent judges it. */
export interface ServerCase extends GoVerdict {
  readonly kind: "server";
  readonly address: string;
  readonly authority: string;
}

/** The cases of a seed, and the running program whose servers they name. */
export interface Oracle extends AsyncDisposable {
  readonly clients: readonly ClientCase[];
  readonly servers: readonly ServerCase[];
}

/** Builds and runs the Go program: every single case, and as many random combinations as are wanted. */
export async function askGo(seed: number, combinations: number): Promise<Oracle> {
  const program = await buildGoProgram("oracle", join(repositoryRoot(), "test", "oracle"));
  const child = spawn(program, [String(seed), String(combinations)], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "exit");
  const cases: (ClientCase | ServerCase)[] = [];
  for await (const line of createInterface(child.stdout)) cases.push(JSON.parse(line) as ClientCase | ServerCase);
  return {
    clients: cases.filter((one) => one.kind === "client"),
    servers: cases.filter((one) => one.kind === "server"),
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
    },
  };
}
