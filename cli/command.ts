/** Exit codes of the command line; `findings` also for a failure. */
export const exitCodes = { good: 0, findings: 1, misuse: 2 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Where a subcommand writes. */
export interface Terminal {
  /** Prints a result of one or more lines. */
  readonly out: (text: string) => void;
  /** Prints a result whose parts are cleaned, with the codes of colours in it. */
  readonly styled: (text: string) => void;
  /** Prints progress or an error. */
  readonly err: (text: string) => void;
  /** Width of the terminal in characters; undefined where results go to a file or a pipe. */
  readonly columns: number | undefined;
}

/** One subcommand. Throws {@link Misuse} for arguments that it does not know. */
export interface Subcommand {
  /** The text of `--help`. */
  readonly usage: string;
  run(args: readonly string[], terminal: Terminal): Promise<ExitCode>;
}

/** Arguments that a subcommand does not know: printed with a hint at `--help`, exit code 2. */
export class Misuse extends Error {
  override readonly name = "Misuse";
}

/** A fault outside of this program, with the next step: printed without a stack, exit code 1. */
export class Failure extends Error {
  override readonly name = "Failure";
}
