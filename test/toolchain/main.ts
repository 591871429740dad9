// Finds or builds the tools and prints where they are: `node bin/test/toolchain/main.js`.
import { ensureTools } from "./ensure";

async function main(): Promise<void> {
  const interrupted = new AbortController();
  process.once("SIGINT", () => interrupted.abort(new Error("interrupted")));
  process.once("SIGTERM", () => interrupted.abort(new Error("terminated")));
  try {
    const tools = await ensureTools({ signal: interrupted.signal, report: (line) => console.error(line) });
    console.log(table([["TOOL", "VERSION", "SOURCE", "PATH"], ...Object.values(tools).map(row)]));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = interrupted.signal.aborted ? 130 : 1;
  }
}

function row(tool: { name: string; version: string; source: string; path: string }): string[] {
  return [tool.name, tool.version, tool.source, tool.path];
}

function table(rows: string[][]): string {
  const width = (column: number) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0));
  return rows
    .map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(width(column)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

void main();
