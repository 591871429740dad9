/** What a run of the command line ends with: good, bad findings, or misuse. */
export const exitCodes = { good: 0, findings: 1, misuse: 2 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Where a subcommand writes, and what it knows of its surroundings. */
export interface Terminal {
  /** Results; each text is a line or several. */
  readonly out: (text: string) => void;
  /** What is no result: progress, errors. */
  readonly err: (text: string) => void;
  /** Width in characters where results go to a terminal; undefined where they go to a file or a pipe. */
  readonly columns: number | undefined;
}

/** One subcommand. Throws {@link Misuse} for arguments that it does not understand. */
export interface Subcommand {
  /** How it is called, and what its options mean; for `--help`. */
  readonly usage: string;
  run(args: readonly string[], terminal: Terminal): Promise<ExitCode>;
}

/** Arguments that are not understood: shown with the way to `--help`, and exit code 2. */
export class Misuse extends Error {
  override readonly name = "Misuse";
}

/** What went wrong outside, with the next step: shown without a stack, and exit code 1. */
export class Failure extends Error {
  override readonly name = "Failure";
}
