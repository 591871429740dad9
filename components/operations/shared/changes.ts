import type { KeptMarks } from "../../glooMesh/ownership";
import type { Observations } from "./inputs";

/** What the checks saw in this run, and the marks of previous names: these say why and where there is work, and are no change by themselves. */
const observations: readonly string[] = ["reason", "missing", "clusterNameRegistered", "formerMarks"] satisfies (
  | keyof Observations
  | keyof KeptMarks
)[];

/**
 * Whether a dynamic resource has work to do: an input differs, or the checks gave a reason. It compares values and asks no cluster, since the engine
 * compares resource after resource. A reason that has gone away is no change.
 */
export function isChanged<I extends Observations>(olds: I, news: I): boolean {
  const keys = Object.keys(news) as (keyof I & string)[];
  return news.reason !== "" || keys.some((key) => !observations.includes(key) && !isSame(olds[key], news[key]));
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
