import * as pulumi from "@pulumi/pulumi";
import { type Problem, problemsOf, RegistrationError } from "../base/problems";

/** Problems as one Pulumi error: Pulumi shows it on its resource, without a stack trace. */
export class RegistrationResourceError extends pulumi.ResourceError {
  constructor(
    readonly problems: readonly Problem[],
    resource: pulumi.Resource,
  ) {
    const text = new RegistrationError(problems).message;
    super(text, resource, true);
    // Read-only: the SDK prefixes the message with the name of each property that it fails to serialise, once per resource with the error.
    Object.defineProperty(this, "message", { get: () => text, set: () => undefined, configurable: true });
    // After the end of the program, the SDK prints only the stack.
    this.stack = text;
  }
}

/** An error with problems as one that Pulumi shows without a stack trace. Any other error is a defect, and keeps its stack trace. */
export function asResourceError(error: unknown, resource: pulumi.Resource): unknown {
  const problems = problemsOf(error);
  return problems ? new RegistrationResourceError(problems, resource) : error;
}

/**
 * Throws an error after Pulumi has shown it on its resource. Pulumi does so for an unhandled rejection while the program runs. If only the
 * outputs handled the error (`pulumi.recover`), the program could end at once, and Pulumi would show the error on the stack.
 */
export async function failShown(error: unknown): Promise<never> {
  void Promise.reject(error);
  // Node reports unhandled rejections before the next turn of its event loop.
  await new Promise((resolve) => setImmediate(resolve));
  throw error;
}
