import { readdirSync, readFileSync } from "node:fs";

/** What a process of a run is there for. */
export type Role = "engine" | "language host" | "program" | "kubernetes plugin" | "dynamic provider" | "helm" | "other";

/** What the processes of one role used. */
export interface Usage {
  readonly role: Role;
  readonly processes: number;
  /** The largest resident memory of any one of them, MiB. */
  readonly largestMiB: number;
  /** Their largest resident memories, added up, MiB. */
  readonly sumMiB: number;
  /** Processor time of all of them, seconds. */
  readonly cpuSeconds: number;
}

interface Seen {
  role: Role;
  peakKiB: number;
  cpuSeconds: number;
}

const everyMs = 50;
const ticksPerSecond = 100;

/**
 * Follows a process and all that it starts, from /proc, until it is told to stop. Memory is the kernel's own high-water mark, so it is not missed
 * between two looks; of the last moments before a process ends up to 50 ms of processor time are.
 */
export class ProcessWatch {
  private readonly seen = new Map<number, Seen>();
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly root: number) {
    this.look();
    this.timer = setInterval(() => this.look(), everyMs);
  }

  stop(): Usage[] {
    clearInterval(this.timer);
    return usages([...this.seen.values()]);
  }

  private look(): void {
    for (const pid of family(this.root, parents())) {
      const process = inspect(pid);
      if (process) this.seen.set(pid, process);
    }
  }
}

/** By the command line, which is all that tells one Node process from another. */
export function roleOf(command: string): Role {
  if (/@pulumi\/pulumi\/cmd\/run\/index\.js/.test(command)) return "program";
  if (/cmd\/dynamic-provider\b/.test(command)) return "dynamic provider";
  if (/plugins\/kubernetes\/main\.js|pulumi-resource-kubernetes/.test(command)) return "kubernetes plugin";
  if (/pulumi-language-nodejs/.test(command)) return "language host";
  if (/^[^ ]*\bpulumi /.test(command)) return "engine";
  if (/^[^ ]*\bhelm /.test(command)) return "helm";
  return "other";
}

/** One line for each role. */
export function usages(seen: readonly Readonly<Seen>[]): Usage[] {
  return [...new Set(seen.map(({ role }) => role))].map((role) => {
    const own = seen.filter((process) => process.role === role);
    const peaks = own.map(({ peakKiB }) => peakKiB / 1024);
    return {
      role,
      processes: own.length,
      largestMiB: Math.max(...peaks),
      sumMiB: peaks.reduce((sum, one) => sum + one, 0),
      cpuSeconds: own.reduce((sum, one) => sum + one.cpuSeconds, 0),
    };
  });
}

/** The process and its descendants. */
export function family(root: number, parentOf: ReadonlyMap<number, number>): Set<number> {
  const found = new Set([root]);
  for (let before = 0; before !== found.size; ) {
    before = found.size;
    for (const [pid, parent] of parentOf) if (found.has(parent)) found.add(pid);
  }
  return found;
}

function parents(): Map<number, number> {
  const found = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const fields = stat(pid);
    if (fields) found.set(pid, Number(fields[1]));
  }
  return found;
}

function inspect(pid: number): Seen | undefined {
  const fields = stat(pid);
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
    const peakKiB = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
    // An ended process that nobody has asked for yet has no command and no memory any more: what was seen before counts.
    if (!fields || command === "" || Number.isNaN(peakKiB)) return undefined;
    const cpuSeconds = (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
    return { role: roleOf(command), peakKiB, cpuSeconds };
  } catch {
    return undefined;
  }
}

/** The fields behind the command's name, which may hold anything; undefined when the process is gone. */
function stat(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}
