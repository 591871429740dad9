import { setTimeout } from "node:timers/promises";
import { cleanLine } from "../../base/foreignText";
import { maskCredentials } from "../../base/mask";

/** Reports a line to the user: Pulumi shows the output of the provider process as a message of the run. */
export function report(line: string): void {
  console.log(cleanLine(maskCredentials(line), 8000));
}

/** Waits some seconds; throws the signal's reason as soon as it aborts. */
export async function pause(seconds: number, signal: AbortSignal): Promise<void> {
  await setTimeout(Math.max(0, seconds) * 1000, undefined, { signal }).catch(() => signal.throwIfAborted());
}
