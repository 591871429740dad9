/** How long a failed container or image waits before the next try. The wait doubles from `initialSeconds` to `maximumSeconds`. */
export interface BackOffLimits {
  readonly initialSeconds: number;
  readonly maximumSeconds: number;
}

/** The kubelet's own limits for crashed containers and failed image pulls. */
export const kubeletBackOff: BackOffLimits = { initialSeconds: 10, maximumSeconds: 300 };

/**
 * The kubelet's back-off of one container (k8s.io/client-go/util/flowcontrol). The first failure is retried at once and only
 * arms the back-off; a container that ran for more than twice the maximum (10 minutes by default) starts over.
 * All times are milliseconds of one clock that the caller reads.
 */
export class BackOff {
  readonly #initial: number;
  readonly #maximum: number;
  #entry: { delay: number; updated: number } | undefined;

  constructor(limits: BackOffLimits = kubeletBackOff) {
    this.#initial = limits.initialSeconds * 1000;
    this.#maximum = limits.maximumSeconds * 1000;
  }

  /** The wait that is in force, 0 before the first failure. */
  get delay(): number {
    return this.#entry?.delay ?? 0;
  }

  /** How much of the wait is left for something that failed at `failedAt`; 0 means: try now. */
  remaining(failedAt: number, now: number): number {
    if (this.#entry === undefined || this.#expired(failedAt)) {
      return 0;
    }
    return Math.max(0, failedAt + this.#entry.delay - now);
  }

  /** Call when a try begins: arms or doubles the wait that follows its failure. */
  next(failedAt: number, now: number): void {
    const current = this.#entry !== undefined && !this.#expired(failedAt) ? this.#entry.delay : undefined;
    const delay = current === undefined ? this.#initial : Math.min(current * 2, this.#maximum);
    this.#entry = { delay, updated: now };
  }

  #expired(failedAt: number): boolean {
    return this.#entry !== undefined && failedAt - this.#entry.updated > 2 * this.#maximum;
  }
}

/** Writes milliseconds as Go's time.Duration does ("10s", "1m20s", "500ms"), because the kubelet's messages contain them so. */
export function goDuration(milliseconds: number): string {
  if (milliseconds === 0) {
    return "0s";
  }
  if (milliseconds < 1000) {
    return `${Math.round(milliseconds)}ms`;
  }
  const seconds = Math.round(milliseconds) / 1000;
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = Number((seconds % 60).toFixed(3));
  if (hours > 0) {
    return `${hours}h${minutes}m${rest}s`;
  }
  return minutes > 0 ? `${minutes}m${rest}s` : `${rest}s`;
}
