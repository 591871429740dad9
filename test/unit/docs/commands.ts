import { parseMarkdown } from "./markdown";
import { stringsIn, variable } from "./sourceStrings";

const verbs =
  "annotate|apply|auth|config|create|delete|describe|edit|exec|get|history|install|label|list|logs|patch|rollback|rollout|scale|status|top|uninstall|upgrade|wait";
const command = new RegExp(`\\b(kubectl|helm)(?:\\s+(?=-|(?:${verbs})\\b)|(?=\\0))`, "g");
/** Kinds of objects without a namespace, and commands about none. */
const withoutNamespace =
  /\s(?:auth|apply|--raw|namespaces?(?:\/\S+)?|nodes?|crds?|customresourcedefinitions?|clusterrole\w*|\w+webhookconfigurations)(?=\s|,|$)/;

/** The commands in a Markdown document's code blocks and code spans. */
export function commandsInDocument(markdown: string): string[] {
  const { lines, codeBlocks } = parseMarkdown(markdown.replace(/^ +(?=```)/gm, ""));
  const spans = [...lines.join("\n").matchAll(/`([^`]+)`/g)].map(([, span = ""]) => span.replace(/\s+/g, " "));
  const indented = lines.filter((line) => line.startsWith("    "));
  const blocks = codeBlocks.flatMap(({ code }) => code.replaceAll("\\\n", " ").split("\n"));
  return [...spans, ...indented, ...blocks].flatMap(commandsIn);
}

/** The commands in the strings and templates of a TypeScript source. */
export function commandsInSource(fileName: string, text: string): string[] {
  return stringsIn(fileName, text).flatMap(commandsIn);
}

/** Why a command may act on a cluster that its reader does not mean; undefined for one that names its cluster, and its namespace if it has one. */
export function faultOf(command: string): string | undefined {
  // The name of a subcommand alone is no command to copy.
  if (/\s--kubeconfig\s/.test(command) || /^\w+ \w+$/.test(command)) return undefined;
  const flag = command.startsWith("helm") ? "--kube-context" : "--context";
  if (!command.includes(` ${flag} `)) return `${command}: without ${flag}`;
  const isNamespaced = !withoutNamespace.test(command);
  return isNamespaced && !/\s(?:-n|--namespace|-A|--all-namespaces)(?=\s|$)/.test(command)
    ? `${command}: without -n`
    : undefined;
}

/** Each command up to the next one of the shell. `kubectl config` is left out: it reads a kubeconfig, and asks no cluster. */
function commandsIn(text: string): string[] {
  return [...text.matchAll(command)]
    .map(({ index }) => (/^[^|;—\n]*/.exec(text.slice(index))?.[0] ?? "").replaceAll(variable, "…").trim())
    .filter((one) => !/^kubectl (?:.* )?config\b/.test(one));
}
