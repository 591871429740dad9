import { join } from "node:path";

export interface NodeScriptOptions {
  /** Lines that come first. */
  readonly head?: readonly string[];
  /** The shell stays the program's parent, instead of becoming it. */
  readonly shellStays?: boolean;
}

/**
 * The text of a shell script that runs a Node program which Pulumi starts and kills. What Node compiles of it is kept over runs, below the
 * NODE_COMPILE_CACHE of the one who starts it.
 *
 * @param cache name of the program's own cache; see keep-compiled.ts for why it needs one
 */
export function nodeScript(node: string, program: string, cache: string, options: NodeScriptOptions = {}): string {
  const run = `${quote(node)} --require ${quote(join(__dirname, "keepCompiled.js"))} ${quote(program)} "$@"`;
  return [
    "#!/bin/sh",
    ...(options.head ?? []),
    `if [ -n "$NODE_COMPILE_CACHE" ]; then export NODE_COMPILE_CACHE="$NODE_COMPILE_CACHE/${cache}"; fi`,
    // Some shells become the last command of a script by themselves, but not one whose end they pass on.
    options.shellStays ? `${run}; exit $?` : `exec ${run}`,
    "",
  ].join("\n");
}

/** For a shell, as one word. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
