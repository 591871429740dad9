import { pause, report } from "../shared/report";
import type { ProofRun } from "./proofRun";
import { waitLine } from "./waitLine";
import { waitReason } from "./waitReason";
import { WaitSchedule } from "./waitSchedule";

/** What the report of a wait reads of a proof. */
export type ReportedRun = Pick<ProofRun, "stage" | "diagnosis" | "shownAt" | "troubles" | "startedAt" | "signal"> & {
  readonly inputs: Pick<ProofRun["inputs"], "clusterName" | "timeoutSeconds">;
};

/** Reports what the proof waits for, until the signal aborts. It only reads what the steps and the looks note, so a request that hangs does not stop it. */
export async function reportWait(run: ReportedRun, say = report): Promise<void> {
  const schedule = new WaitSchedule();
  const since = (time: number) => (Date.now() - time) / 1000;
  while (!run.signal.aborted) {
    const seconds = Math.round(since(run.startedAt));
    const reason = waitReason({
      stage: run.stage,
      trouble: run.troubles.newest,
      diagnosis: run.diagnosis,
      silentSeconds: Math.round(since(run.shownAt)),
    });
    if (schedule.isDue(seconds, reason)) say(waitLine(run.inputs, seconds, reason));
    await pause(seconds + 1 - since(run.startedAt), run.signal).catch(() => undefined);
  }
}
