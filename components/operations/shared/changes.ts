import type { KeptMarks } from "../../glooMesh/ownership";
import type { Observations, PreparationInputs } from "./inputs";

/** Inputs that are no change by themselves: what the checks saw in this run, and the marks of previous names and owners. */
const observations: readonly string[] = ["reason", "missing", "health", "formerMarks", "takenFrom"] satisfies (
  | keyof Observations
  | keyof KeptMarks
  | keyof PreparationInputs
)[];

/**
 * Whether a dynamic resource has work to do: an input differs, or the checks gave a reason. It makes no request, since the engine diffs one resource
 * after the other. A reason that no longer holds is no change.
 */
export function isChanged<I extends Observations>(olds: I, news: I): boolean {
  const keys = Object.keys(news) as (keyof I & string)[];
  const differs = (key: keyof I) => JSON.stringify(olds[key]) !== JSON.stringify(news[key]);
  return news.reason !== "" || keys.some((key) => !observations.includes(key) && differs(key));
}
