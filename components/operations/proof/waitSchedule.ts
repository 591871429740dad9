import type { WaitReason } from "./waitReason";

/** Decides when a wait is reported: when its reason changes and has settled, and again at 10, 30 and 60 s and then every minute. */
export class WaitSchedule {
  private reported: string | undefined;
  private repetitions = 0;
  private present: { readonly kind: string; readonly since: number } | undefined;

  /** Whether the wait is to be reported at this second, with this reason. */
  isDue(seconds: number, { kind, settleSeconds }: WaitReason): boolean {
    if (this.present?.kind !== kind) this.present = { kind, since: seconds };
    const isNew = kind !== this.reported && seconds - this.present.since >= settleSeconds;
    if (!isNew && repetitionsUntil(seconds) <= this.repetitions) return false;
    this.reported = kind;
    this.repetitions = repetitionsUntil(seconds);
    return true;
  }
}

/** How often a wait has been repeated after some seconds. */
function repetitionsUntil(seconds: number): number {
  return [10, 30].filter((mark) => mark <= seconds).length + Math.floor(seconds / 60);
}
