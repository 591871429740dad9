/** What `kubectl logs` may ask for (PodLogOptions of the Kubernetes API). */
export interface LogOptions {
  readonly follow?: boolean;
  readonly tailLines?: number;
  readonly limitBytes?: number;
  readonly timestamps?: boolean;
  /** Only lines written at this time or later. */
  readonly since?: Date;
}

interface LogEntry {
  readonly at: Date;
  readonly text: string;
}

// A real kubelet rotates at 10 MiB; lines are counted here because nobody reads more of a sandbox.
const keptLines = 20_000;

/** The log of one run of one container. Readers may follow it until the run has ended. */
export class ContainerLog {
  #entries: LogEntry[] = [];
  #dropped = 0;
  #closed = false;
  readonly #waiting = new Set<() => void>();

  /** Adds text; a line break inside makes several lines. Ignored once the log is closed. */
  append(text: string, at: Date = new Date()): void {
    if (this.#closed) {
      return;
    }
    for (const line of text.replace(/\r?\n$/, "").split(/\r?\n/)) {
      this.#entries.push({ at, text: line });
    }
    const excess = this.#entries.length - keptLines;
    if (excess > 0) {
      this.#entries.splice(0, excess);
      this.#dropped += excess;
    }
    this.#wake();
  }

  /** The container has ended: readers that follow come to their end. */
  close(): void {
    this.#closed = true;
    this.#wake();
  }

  /** The requested part of the log, piece by piece; with `follow` until the log is closed or the signal aborts. */
  async *read(options: LogOptions = {}, signal?: AbortSignal): AsyncGenerator<string> {
    let bytesLeft = options.limitBytes ?? Number.POSITIVE_INFINITY;
    let position = this.#dropped + firstIndex(this.#entries, options);
    for (;;) {
      position = Math.max(position, this.#dropped);
      const fresh = this.#entries.slice(position - this.#dropped);
      position += fresh.length;
      for (const entry of fresh) {
        const piece = cut(formatEntry(entry, options.timestamps === true), bytesLeft);
        bytesLeft -= Buffer.byteLength(piece);
        if (piece !== "") {
          yield piece;
        }
        if (bytesLeft <= 0 || signal?.aborted === true) {
          return;
        }
      }
      if (position < this.#dropped + this.#entries.length) {
        continue;
      }
      if (options.follow !== true || this.#closed || signal?.aborted === true) {
        return;
      }
      await this.#change(signal);
    }
  }

  #change(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#waiting.delete(done);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      this.#waiting.add(done);
      signal?.addEventListener("abort", done);
    });
  }

  #wake(): void {
    for (const done of [...this.#waiting]) {
      done();
    }
  }
}

function firstIndex(entries: readonly LogEntry[], options: LogOptions): number {
  const since = options.since?.getTime();
  const recent = since === undefined ? 0 : entries.findIndex((entry) => entry.at.getTime() >= since);
  const bySince = recent === -1 ? entries.length : recent;
  const byTail = options.tailLines === undefined ? 0 : Math.max(0, entries.length - options.tailLines);
  return Math.max(bySince, byTail);
}

function formatEntry(entry: LogEntry, timestamps: boolean): string {
  // Container runtimes write nanoseconds; a fixed width keeps lines sortable as text.
  return timestamps ? `${entry.at.toISOString().replace("Z", "000000Z")} ${entry.text}\n` : `${entry.text}\n`;
}

function cut(text: string, bytes: number): string {
  return Buffer.byteLength(text) <= bytes ? text : Buffer.from(text).subarray(0, bytes).toString();
}
