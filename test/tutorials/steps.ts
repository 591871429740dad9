import type { CodeBlock } from "../unit/docs/markdown";

/** What a reader of a tutorial does, in the order of the page. */
export type Step =
  | { readonly kind: "file"; readonly path: string; readonly content: string }
  | {
      readonly kind: "commands";
      readonly commands: string;
      /** Whether the last command is meant to fail: ```` ```sh fails ````. */
      readonly fails: boolean;
      /** What the page shows of their output: the `text` block that follows. */
      readonly shown?: string;
    };

/**
 * The steps of a page: a block `sh` is run, a block with `file=<path>` is written to that file, and a block `text` is compared with the output of the
 * commands before it.
 *
 * @throws for a block of which it is not clear what a reader does with it
 */
export function stepsOf(blocks: readonly CodeBlock[]): readonly Step[] {
  const steps: Step[] = [];
  for (const { language, info, code } of blocks) {
    const path = /^file=(\S+)$/.exec(info)?.[1];
    const last = steps.at(-1);
    if (path !== undefined) steps.push({ kind: "file", path, content: code });
    else if (language === "sh" && ["", "fails"].includes(info)) {
      steps.push({ kind: "commands", commands: code, fails: info === "fails" });
    } else if (language === "text" && info === "" && last?.kind === "commands" && last.shown === undefined) {
      steps[steps.length - 1] = { ...last, shown: code };
    } else throw new Error(`a tutorial cannot have a block "${language} ${info}" here:\n${code}`);
  }
  return steps;
}

/**
 * Finds what a page shows in the output of its commands, and returns the first line that is not there. In the page `…` stands for any characters of a line, and alone on a
 * line for any lines; what comes before and after is free. The amount of white space does not count.
 */
export function missingLine(shown: string, output: string): string | undefined {
  const lines = linesOf(output);
  let begin = 0;
  for (const group of groupsOf(linesOf(shown))) {
    const patterns = group.map(patternOf);
    const found = lines.findIndex(
      (_, index) => index >= begin && patterns.every((pattern, offset) => pattern.test(lines[index + offset] ?? "")),
    );
    if (found < 0)
      return group.find((_, offset) => !lines.slice(begin).some((line) => patterns[offset]?.test(line))) ?? group[0];
    begin = found + group.length;
  }
  return undefined;
}

/** Lines that follow each other without a gap. */
function groupsOf(lines: readonly string[]): string[][] {
  const groups: string[][] = [[]];
  for (const line of lines) {
    if (line === "…") groups.push([]);
    else groups.at(-1)?.push(line);
  }
  return groups.filter((group) => group.length > 0);
}

function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim().replace(/\s+/g, " "))
    .filter((line) => line !== "");
}

function patternOf(line: string): RegExp {
  const parts = line.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`);
}
