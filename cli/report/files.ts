import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { FleetReport } from "./fleetReport";
import { toHtml } from "./html";
import { toJson } from "./json";
import { toJunit } from "./junit";
import { toMarkdown } from "./markdown";

const renderers = { md: toMarkdown, json: toJson, xml: toJunit, html: toHtml } as const;

/** Writes the report in each of its forms, as `<command>.md`, `.json`, `.xml` (JUnit) and `.html`. Gives their paths, in this order. */
export async function writeReport(report: FleetReport, folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const paths: string[] = [];
  for (const [extension, render] of Object.entries(renderers)) {
    const path = join(folder, `${report.command}.${extension}`);
    await writeFile(path, render(report));
    paths.push(path);
  }
  return paths;
}
