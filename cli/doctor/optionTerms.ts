import { optionOfArgument } from "./doctorOptions";
import type { DoctorFinding } from "./doctorReport";

/**
 * Problems name arguments in brackets, with a value where they mean one: `[relay.serverAddress]`, `[namespace.create: false]`. The doctor's user
 * may have no program: this names the doctor's option where there is one, and the registration's argument.
 */
export function inOptions(finding: DoctorFinding): DoctorFinding {
  return rendered(finding, (argument, value) => {
    const option = optionOfArgument(argument, value);
    if (option === undefined) return ofRegistration(argument, value);
    return ofClusters.has(argument) ? `--${option}` : `--${option} (${ofRegistration(argument, value)})`;
  });
}

/** The same for what is wrong with an existing registration, which no option of the doctor changes. */
export function inArguments(finding: DoctorFinding): DoctorFinding {
  return rendered(finding, ofRegistration);
}

/** These say which clusters the registration is about, and are not its own. */
const ofClusters: ReadonlySet<string> = new Set(["management", "remote", "kubeconfig"]);

type Render = (argument: string, value: string | undefined) => string;

function ofRegistration(argument: string, value: string | undefined): string {
  return `the registration's ${argument}${value === undefined ? "" : `: ${value}`}`;
}

function rendered(finding: DoctorFinding, render: Render): DoctorFinding {
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
