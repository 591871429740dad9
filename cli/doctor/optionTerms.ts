import { type OptionName, optionOfArgument } from "./doctorOptions";
import type { DoctorFinding } from "./doctorReport";

/**
 * The component tells what to do in terms of its arguments, in brackets. Who asks the doctor has no program before him: arguments that the doctor has
 * an option for are told as that, and all of them as the registration's.
 */
export function inOptions(finding: DoctorFinding): DoctorFinding {
  return reworded(finding, (argument) => {
    const option = optionOfArgument(argument);
    if (option === undefined) return ofRegistration(argument);
    return ofClusters.has(argument) ? `--${option}` : `--${option} (${ofRegistration(argument)})`;
  });
}

/** The same for what is wrong with a registration that stands: no option of the doctor mends it. */
export function inArguments(finding: DoctorFinding): DoctorFinding {
  return reworded(finding, ofRegistration);
}

/** Not arguments of the registration: they say which clusters it is about. */
const ofClusters: ReadonlySet<string> = new Set(["management", "remote", "kubeconfig"]);

function ofRegistration(argument: string): string {
  return `the registration's ${argument}`;
}

/** What is set to true or false is an option that is given or not. */
const flags: readonly (readonly [string, OptionName, (option: string) => string])[] = [
  ["set [namespace.create] to false", "existing-namespace", (option) => `give ${option}`],
  ["[namespace.create] is false", "existing-namespace", (option) => `${option} is given`],
  ["set [selfRegistration]", "self-registration", (option) => `give ${option}`],
];

function reworded(finding: DoctorFinding, told: (argument: string) => string): DoctorFinding {
  const words = (text: string) => {
    const phrased = told === ofRegistration ? text : flags.reduce(phrase, text);
    return phrased.replace(/\[([a-z]\w*(?:\.\w+)*)\]/g, (_, argument: string) => told(argument));
  };
  return {
    ...finding,
    what: words(finding.what),
    where: words(finding.where),
    ...(finding.cause === undefined ? {} : { cause: words(finding.cause) }),
    next: words(finding.next),
  };
}

function phrase(text: string, [words, option, as]: (typeof flags)[number]): string {
  return text.replaceAll(words, as(`--${option}`));
}
