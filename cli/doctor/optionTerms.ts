import { optionOfArgument } from "./doctorOptions";
import type { DoctorFinding } from "./doctorReport";

/**
 * Replaces the arguments that a finding names in brackets, such as `[relay.serverAddress]` or `[namespace.create: false]`, by the doctor's option,
 * where one exists, and the registration's argument: the doctor's user may have no program.
 */
export function inOptions(finding: DoctorFinding): DoctorFinding {
  return rendered(finding, (argument, value) => {
    const option = optionOfArgument(argument, value);
    if (option === undefined) return ofRegistration(argument, value);
    return ofClusters.has(argument) ? `--${option}` : `--${option} (${ofRegistration(argument, value)})`;
  });
}

/** Replaces them by the registration's arguments alone: no option of the doctor changes an existing registration. */
export function inArguments(finding: DoctorFinding): DoctorFinding {
  return rendered(finding, ofRegistration);
}

/** Options that name the two clusters, which are no arguments of the registration. */
const ofClusters: ReadonlySet<string> = new Set(["management", "remote", "kubeconfig"]);

function ofRegistration(argument: string, value: string | undefined): string {
  return `the registration's ${argument}${value === undefined ? "" : `: ${value}`}`;
}

function rendered(finding: DoctorFinding, render: typeof ofRegistration): DoctorFinding {
  const words = (text: string) =>
    text.replace(/\[([a-z]\w*(?:\.\w+)*)(?:: ([^\]]+))?\]/g, (_, argument: string, value?: string) =>
      render(argument, value),
    );
  return {
    ...finding,
    what: words(finding.what),
    where: words(finding.where),
    ...(finding.cause === undefined ? {} : { cause: words(finding.cause) }),
    next: words(finding.next),
  };
}
