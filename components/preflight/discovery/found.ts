import { problemsOf, RegistrationError } from "../../base/problems";

/** A value together with where it came from, so that a plan or a message can say so. */
export interface Found {
  readonly value: string;
  /** In words, such as "LoadBalancer ip of Service gloo-mesh/enterprise-networking, port grpc". */
  readonly source: string;
}

/** A value that the user gave. `argument` as it is written in the program, such as `relay.serverAddress`. */
export function given(value: string, argument: string): Found {
  return { value, source: `given as ${argument}` };
}

/**
 * Awaits a read that only a discovery needs. Rights that are missing for it (GMR116) are no dead end, since the value can be given
 * instead: the error says which right and which argument.
 */
export async function readToDiscover<T>(read: Promise<T>, right: string, argument: string): Promise<T> {
  try {
    return await read;
  } catch (error) {
    const problems = problemsOf(error);
    if (!problems?.some(({ code }) => code === "GMR116")) throw error;
    const next = `grant the kubeconfig's user ${right}, or give [${argument}]`;
    throw new RegistrationError(
      problems.map((problem) => (problem.code === "GMR116" ? { ...problem, next } : problem)),
      { cause: error },
    );
  }
}

/** A value with its source, for a plan: `1.0.4 (image of Deployment …)`. */
export function withSource({ value, source }: Found): string {
  return `${value} (${source})`;
}
