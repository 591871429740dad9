import type { CheckResult } from "./doctorReport";

/** Colours a text by a result. */
export type Paint = (result: CheckResult, text: string) => string;

export const plain: Paint = (_result, text) => text;

/** Codes of ANSI terminals. */
const codes: Readonly<Record<CheckResult, number>> = {
  good: 32,
  changes: 36,
  warning: 33,
  error: 31,
  "not checked": 2,
};

export const coloured: Paint = (result, text) => `\u001b[${codes[result]}m${text}\u001b[0m`;
