import { problemsOf } from "../base/problems";
import * as token from "./bootstrapToken/bootstrapToken";
import * as ground from "./preparation/preparation";
import * as certificate from "./proof/certificateResource";
import { Interrupted, interruptionError } from "./shared/interruption";
import type { Operations } from "./shared/operations";

/** The operations of the three dynamic resources, which Pulumi's dynamic provider process loads through the serialised bridges. */
export const bootstrapToken = presentable(token.bootstrapToken);
export const clientCertificate = presentable(certificate.clientCertificate);
export const preparation = presentable(ground.preparation);

/**
 * Pulumi's Node host prints an error with its stack beside reporting it. For an error with codes that would be the same text three times, so the
 * printed form is reduced to a pointer.
 */
function presentable<I, S extends I>(operations: Operations<I, S>): Operations<I, S> {
  const present = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (thrown) {
      const error = thrown instanceof Interrupted ? interruptionError("its work", thrown) : thrown;
      const problems = problemsOf(error);
      if (!problems || !(error instanceof Error)) throw error;
      const codes = problems.map(({ code }) => code).join(", ");
      throw Object.defineProperties(error, { stack: { value: "see the error" }, toString: { value: () => codes } });
    }
  };
  return {
    create: (inputs) => present(operations.create(inputs)),
    diff: (id, olds, news) => present(operations.diff(id, olds, news)),
    update: (id, olds, news) => present(operations.update(id, olds, news)),
    read: (id, props) => present(operations.read(id, props)),
    delete: (id, props) => present(operations.delete(id, props)),
  };
}
