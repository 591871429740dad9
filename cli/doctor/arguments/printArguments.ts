import { cleanLine } from "../../../components/base/foreignText";
import { SharedLookups } from "../../../components/kubernetes/lookups";
import type { Side } from "../../../components/preflight/request";
import { type ExitCode, exitCodes, type Terminal } from "../../command";
import type { DoctorOptions, PrintedForm } from "../doctorOptions";
import { forEachCluster } from "../fleetExamination";
import { HiddenValue, hiddenIn } from "./hiddenValues";
import { chartNote, type PrintedFleet, type PrintedRegistration } from "./printedRegistration";
import { escapedInJson } from "./quotedText";
import { readPresent, type Unprinted } from "./readPresent";
import { stackSnippet } from "./stackSnippet";
import { typescriptSnippet } from "./typescriptSnippet";

/** Prints the program and the stack configuration that reproduce one registration, or all of a management cluster. */
export async function printArguments(options: DoctorOptions, form: PrintedForm, terminal: Terminal): Promise<ExitCode> {
  const results = await readAll(options);
  const registrations = results.filter((one): one is PrintedRegistration => "given" in one);
  const unprinted = results.filter((one): one is Unprinted => "why" in one).map(cleaned);
  const snippets = registrations.length === 0 ? {} : render({ management: options.management, registrations }, form);
  const note = options["chart-repository"] === undefined ? [chartNote] : [];
  if (options.output === "json") {
    const document = { format: 1, ...snippets, registrations: registrations.map(factsOf), unprinted, notes: note };
    terminal.out(escapedInJson(JSON.stringify(document, undefined, 2)));
  } else {
    const { typescript, stack } = snippets;
    const parts = [
      ...(typescript === undefined ? [] : [[...note.map((one) => `// ${one}`), typescript].join("\n")]),
      ...(stack === undefined ? [] : [[...note.map((one) => `# ${one}`), stack].join("\n")]),
    ];
    if (parts.length > 0) terminal.out(parts.join("\n\n"));
    for (const { clusterName, why } of unprinted) terminal.err(`${clusterName} is not printed: ${why}`);
    if (results.length === 0) terminal.err("the management cluster knows no cluster");
  }
  return registrations.length > 0 && unprinted.length === 0 ? exitCodes.good : exitCodes.findings;
}

function readAll(options: DoctorOptions): Promise<readonly (PrintedRegistration | Unprinted)[]> {
  if (options.all) {
    return forEachCluster(options, readPresent, ({ metadata }) => ({
      clusterName: metadata.name,
      why: "no context of the kubeconfig leads to it",
    }));
  }
  const side = (access: Side["access"]): Side => ({ cluster: new SharedLookups(), access });
  return readPresent(options, side(options.management), side(options.remote)).then((one) => [one]);
}

function render(fleet: PrintedFleet, form: PrintedForm): { readonly typescript?: string; readonly stack?: string } {
  return {
    ...(form === "stack" ? {} : { typescript: typescriptSnippet(fleet) }),
    ...(form === "typescript" ? {} : { stack: stackSnippet(fleet) }),
  };
}

function cleaned({ clusterName, why }: Unprinted): Unprinted {
  return { clusterName: cleanLine(clusterName), why: cleanLine(why) };
}

/** A registration for programs: its arguments without the secrets, and the paths of these. */
function factsOf({ clusterName, given, comments }: PrintedRegistration) {
  const secrets = hiddenIn(given).map(({ path }) => path.join("."));
  return { clusterName, arguments: withoutSecrets(given), secrets, notes: comments };
}

function withoutSecrets(given: unknown): unknown {
  return JSON.parse(
    JSON.stringify(given, (_key, value: unknown) => (value instanceof HiddenValue ? undefined : value)),
  );
}
