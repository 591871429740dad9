import { codePage } from "../../cli/report/codeUrl";
import { type Argument, argumentRows } from "../../components/glooMesh/argumentKinds";
import type { DeclaredArgument } from "./declarations";

/** The arguments as a table for docs/reference: defaults from the one table of arguments, everything else from the docstrings. */
export function argumentsTable(declared: ReadonlyMap<string, DeclaredArgument>): string {
  const rows = [...declared].map(([path, argument]) => {
    const byDefault = argument.isGroup ? "" : defaultOf(path, argument);
    const { meaning, errors } = partsOf(argument.text.replaceAll(/\s+/g, " "), byDefault);
    return `| \`${path}\` | ${byDefault} | ${meaning} | ${errors} |`;
  });
  return ["| argument | default | meaning and form | errors |", "|---|---|---|---|", ...rows].join("\n");
}

/** The arguments that cannot be an Output, as a list. */
export function plainArguments(): string {
  const names = Object.entries<Argument>(argumentRows).flatMap(([path, { plain }]) => (plain ? [`\`${path}\``] : []));
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}.`;
}

function defaultOf(path: string, { required, text }: DeclaredArgument): string {
  if (required) return "required";
  const row = Object.entries<Argument>(argumentRows).find(([name]) => name === path)?.[1];
  if (row === undefined) return /Default: (.+?)\.(?=\s)/.exec(text)?.[1] ?? "none";
  return row.otherwise ?? (row.default === undefined ? "none" : `\`${row.default}\``);
}

/** A docstring as meaning and errors; without a default that its own column has. */
function partsOf(text: string, byDefault: string): { readonly meaning: string; readonly errors: string } {
  const [meaning = "", errors = ""] = text.split(/ ?Errors: /);
  const value = byDefault.replaceAll("`", "");
  const repeated = new Set([
    `Default ${value}.`,
    `Default \`${value}\`.`,
    `Default: ${byDefault}.`,
    "Default: none.",
    "Required.",
  ]);
  const sentences = meaning
    .replaceAll(/\{@link (\w+)\}/g, "`$1`")
    .split(/(?<=\.) (?=[A-Z])/)
    .filter((sentence) => !repeated.has(sentence) && !/see the argument of this type\.$/.test(sentence));
  return { meaning: sentences.join(" "), errors: withLinks(errors.replace(/\.$/, "")) };
}

function withLinks(errors: string): string {
  return errors.replaceAll(/GMR\d{3}/g, (code) => `[${code}](${codePage(code).replace("docs/reference/", "")})`);
}
