import { problemsOf, RegistrationError } from "../../base/problems";

/** A value and its source, which plans and messages name. */
export interface Found {
  readonly value: string;
  /** Such as "LoadBalancer ip of Service gloo-mesh/enterprise-networking, port grpc". */
  readonly source: string;
}

/** A value from an argument of the program, such as `relay.serverAddress`. */
export function given(value: string, argument: string): Found {
  return { value, source: `given as ${argument}` };
}

/**
 * Awaits a read that only a discovery needs. Without the right to it (GMR116) the user can give the value instead: the error names the
 * right and the argument.
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
