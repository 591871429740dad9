import type { PodProgram } from "../sandbox/pods";

const limitSeconds = 40;

/** The log lines of all runs of a program. */
export class Transcript {
  #lines: string[] = [];
  readonly #waiting = new Set<() => void>();

  /** The same program; its log also ends up here. */
  tee(program: PodProgram): PodProgram {
    return {
      run: (context) =>
        program.run({
          ...context,
          log: (line) => {
            context.log(line);
            this.#lines.push(line);
            for (const look of this.#waiting) look();
          },
        }),
    };
  }

  clear(): void {
    this.#lines = [];
  }

  get text(): string {
    return this.#lines.join("\n");
  }

  /** The first line since the last `clear` that matches, as soon as there is one. */
  until(pattern: RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const line = this.#lines.find((candidate) => pattern.test(candidate));
        if (line !== undefined) settle(() => resolve(line));
      };
      const give = (): void => settle(() => reject(new Error(`no line matches ${pattern} in:\n${this.text}`)));
      const timer = setTimeout(give, limitSeconds * 1000);
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        act();
      };
      this.#waiting.add(look);
      look();
    });
  }
}
