import { createContext, runInContext } from "node:vm";
import { RunError } from "@pulumi/pulumi";
import fc from "fast-check";
import { Misuse } from "../../../cli/command";
import { RegistrationError } from "../../../components/base/problems";

/** What reads text or objects of others, and the inputs that it is given. */
export interface Target {
  readonly name: string;
  /** How many inputs a block of it has; by default {@link inputsOfBlock}. */
  readonly inputs?: number;
  /** Most seconds that one block may take before it counts as endless. By default two minutes. */
  readonly limitSeconds?: number;
  property(): Promise<fc.IRawProperty<unknown>>;
}

/** Inputs of one block where its target says nothing else. */
export const inputsOfBlock = 1000;

type Options = Pick<Target, "inputs" | "limitSeconds">;

/** A target that works at once. Its errors must be ours; `check` may assert more. */
export function target<T>(
  name: string,
  arbitrary: () => fc.Arbitrary<T> | Promise<fc.Arbitrary<T>>,
  check: (input: T) => unknown,
  options: Options = {},
): Target {
  const property = async () =>
    fc.property(await arbitrary(), (input) => {
      try {
        check(input);
      } catch (error) {
        if (!isOurs(error)) throw error;
      }
    }) as fc.IRawProperty<unknown>;
  return { name, ...options, property };
}

/** The same for what answers later. */
export function laterTarget<T>(
  name: string,
  arbitrary: () => fc.Arbitrary<T> | Promise<fc.Arbitrary<T>>,
  check: (input: T) => Promise<unknown>,
  options: Options = {},
): Target {
  const property = async () =>
    fc.asyncProperty(await arbitrary(), async (input) => {
      try {
        await check(input);
      } catch (error) {
        if (!isOurs(error)) throw error;
      }
    }) as fc.IRawProperty<unknown>;
  return { name, ...options, property };
}

/** Errors that are told with a code, or as a misuse of the command line; anything else is a defect. */
function isOurs(error: unknown): boolean {
  if (error instanceof RegistrationError || error instanceof Misuse) return true;
  if (RunError.isInstance(error)) return error.message.split("\n").every((line) => /^GMR\d{3} /.test(line));
  return error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
}

/** Gives a target its inputs. @returns how many it got. @throws with the smallest input that fails, or when it does not end */
export async function runTarget({ name, inputs = inputsOfBlock, limitSeconds = 120, property }: Target, seed: number) {
  const given = await property();
  const parameters = { seed, numRuns: inputs };
  const result = given.isAsync()
    ? await fc.check(given, { ...parameters, timeout: limitSeconds * 1000 })
    : within(limitSeconds, name, () => fc.check(given, parameters) as fc.RunDetails<unknown>);
  if (result.failed) {
    const report = fc.defaultReportMessage(result);
    throw new Error(`${name}, seed ${seed}: ${report}`, { cause: result.errorInstance });
  }
  return result.numRuns;
}

/** Node can end work that does not give control back, be it a regular expression, only in this way. */
function within<T>(seconds: number, name: string, work: () => T): T {
  try {
    return runInContext("work()", createContext({ work }), { timeout: seconds * 1000 }) as T;
  } catch (error) {
    const isEnd = error instanceof Error && "code" in error && error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT";
    throw isEnd ? new Error(`${name} did not end within ${seconds} s`) : error;
  }
}
