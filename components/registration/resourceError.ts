import * as pulumi from "@pulumi/pulumi";
import { type Problem, problemsOf, RegistrationError } from "../base/problems";
import { ApiError } from "../kubernetes/errors";

/** A problem as Pulumi shows it: on the resource, without a stack. It keeps the problems, so that several can be told at once. */
export class RegistrationResourceError extends pulumi.ResourceError {
  constructor(
    readonly problems: readonly Problem[],
    resource: pulumi.Resource,
  ) {
    const text = new RegistrationError(problems).message;
    super(text, resource, true);
    // The SDK puts the name of each property that it fails to serialise before the message, once for every resource that meets the
    // error. What the user needs is the problem.
    Object.defineProperty(this, "message", { get: () => text, set: () => undefined, configurable: true });
    // What comes after the end of the program, the SDK prints by this alone.
    this.stack = text;
  }
}

/** Turns our errors into ones that Pulumi shows without a stack; any other error is a defect and keeps its stack. */
export function asResourceError(error: unknown, resource: pulumi.Resource): unknown {
  const problems = problemsOf(error instanceof ApiError ? error.coded() : error);
  return problems ? new RegistrationResourceError(problems, resource) : error;
}

/**
 * Fails with an error, and has Pulumi show it on its resource first. Pulumi does that with what nobody handles, as long as the program runs. Who
 * handles the failure, as outputs with `pulumi.recover` do, may end the program in the same moment: then it would be shown on the stack.
 */
export async function failShown(error: unknown): Promise<never> {
  void Promise.reject(error);
  // Node tells of what is unhandled before its next turn.
  await new Promise((resolve) => setImmediate(resolve));
  throw error;
}
