import * as pulumi from "@pulumi/pulumi";
import { type Problem, RegistrationError } from "./problems";

/** A problem as Pulumi shows it: on the resource, without a stack. It keeps the problems, so that several can be told at once. */
export class RegistrationResourceError extends pulumi.ResourceError {
  constructor(
    readonly problems: readonly Problem[],
    resource: pulumi.Resource,
  ) {
    super(new RegistrationError(problems).message, resource, true);
  }
}

/** Turns our errors into ones that Pulumi shows without a stack; any other error is a defect and keeps its stack. */
export function asResourceError(error: unknown, resource: pulumi.Resource): unknown {
  return error instanceof RegistrationError ? new RegistrationResourceError(error.problems, resource) : error;
}
