/** A fault that is put on the component, under an id that stays the same: `kill/fresh/engine/12`. */
export interface FaultCase {
  readonly id: string;
}

/** One case of so many is in the sample. */
const sampled = 5;

/**
 * The cases that this run is to do, in their order.
 *
 * @param wanted `full` for all, an id or the beginning of ids up to a slash for those only, nothing for the sample: every fifth
 *   case by position, the first included. By default the environment's `FAULTS`.
 * @throws Error when two cases have the same id
 */
export function select<Case extends FaultCase>(
  cases: readonly Case[],
  wanted: string | undefined = process.env["FAULTS"],
): readonly Case[] {
  const ids = cases.map(({ id }) => id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw new Error(`two cases have the id ${twice}`);
  if (wanted === "full") return cases;
  if (!wanted) return cases.filter((_, index) => index % sampled === 0);
  return cases.filter(({ id }) => id === wanted || id.startsWith(`${wanted.replace(/\/$/, "")}/`));
}
