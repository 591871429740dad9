import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { replaceBetween } from "../bench/markdown";
import { excerptOf } from "./demoExcerpt";
import { repositoryRoot } from "./repositoryRoot";

// Runs the demo and keeps its output: npm run demo:record writes docs/tutorial/demo-output.md, and the excerpt in the README.

async function main(): Promise<void> {
  const demo = spawn(process.execPath, [join(__dirname, "demo.js")], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  demo.stdout.setEncoding("utf8").on("data", (part: string) => {
    process.stdout.write(part);
    output += part;
  });
  const [code] = (await once(demo, "close")) as [number | null];
  if (code !== 0) throw new Error(`the demo ended with exit code ${code}`);
  const text = output.trim().replaceAll(/ +$/gm, "");
  const day = new Date().toISOString().slice(0, 10);
  write("docs/tutorial/demo-output.md", (page) =>
    replaceBetween(page, "output", `Recorded on ${day}, on ${cpus().length} processors.\n\n${fenced(text)}`),
  );
  write("README.md", (page) => replaceBetween(page, "demo", fenced(excerptOf(text))));
}

function fenced(text: string): string {
  return `\`\`\`text\n${text}\n\`\`\``;
}

function write(file: string, change: (page: string) => string): void {
  const path = join(repositoryRoot(), file);
  writeFileSync(path, change(readFileSync(path, "utf8")));
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
