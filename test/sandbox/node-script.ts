import { join } from "node:path";

/**
 * The text of a shell script that runs a Node program which Pulumi starts and kills. What Node compiles of it is kept over runs, below the
 * NODE_COMPILE_CACHE of the one who starts it.
 *
 * @param cache name of the program's own cache; see keep-compiled.ts for why it needs one
 * @param head lines that come first
 */
export function nodeScript(node: string, program: string, cache: string, head: readonly string[] = []): string {
  return [
    "#!/bin/sh",
    ...head,
    `if [ -n "$NODE_COMPILE_CACHE" ]; then export NODE_COMPILE_CACHE="$NODE_COMPILE_CACHE/${cache}"; fi`,
    `exec ${quote(node)} --require ${quote(join(__dirname, "keep-compiled.js"))} ${quote(program)} "$@"`,
    "",
  ].join("\n");
}

/** For a shell, as one word. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
