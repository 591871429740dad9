/** A fault that is put on the component, under an id that stays the same: `kill/fresh/engine/12`. */
export interface FaultCase {
  readonly id: string;
}

/** Whether a case is in the sample. */
export type Sample<Case> = (one: Case, index: number) => boolean;

/** The sample of most families: the first case of each five. */
export const everyFifth: Sample<unknown> = (_, index) => index % 5 === 0;

/**
 * The cases that this run is to do, in their order.
 *
 * @param sample what the sample has of them. Families whose cases cost little have more of them in it, those that take minutes have fewer.
 * @param wanted `full` for all, an id or the beginning of ids up to a slash for those only, nothing for the sample. By default the
 *   environment's `FAULTS`.
 * @throws Error when two cases have the same id
 */
export function select<Case extends FaultCase>(
  cases: readonly Case[],
  sample: Sample<Case> = everyFifth,
  wanted: string | undefined = process.env["FAULTS"],
): readonly Case[] {
  const ids = cases.map(({ id }) => id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw new Error(`two cases have the id ${twice}`);
  if (wanted === "full") return cases;
  if (!wanted) return cases.filter(sample);
  return cases.filter(({ id }) => id === wanted || id.startsWith(`${wanted.replace(/\/$/, "")}/`));
}
