import { constants } from "node:fs";
import { access, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../command";
import type { FleetReport } from "./fleetReport";
import { toHtml } from "./html";
import { toMarkdown } from "./markdown";
import { toJunit } from "./reportJunit";

const renderers = { md: toMarkdown, json: toJson, xml: toJunit, html: toHtml } as const;

/** The report for programs, in the form of docs/reference/report.schema.json. */
export function toJson(report: FleetReport): string {
  return `${JSON.stringify(report, undefined, 2)}\n`;
}

/**
 * Creates the folder of the reports if it does not exist. Called before a run, which may take long, so that it does not end without its report.
 *
 * @throws Failure when nothing can be written there
 */
export async function makeFolder(folder: string): Promise<void> {
  const made = mkdir(folder, { recursive: true }).then(() => access(folder, constants.W_OK));
  await made.catch(unwritable(folder));
}

/**
 * Writes the report as `<command>.md`, `.json`, `.xml` (JUnit) and `.html`.
 *
 * @returns their paths, in this order
 * @throws Failure when one cannot be written
 */
export async function writeReport(report: FleetReport, folder: string): Promise<string[]> {
  const paths: string[] = [];
  for (const [extension, render] of Object.entries(renderers)) {
    const path = join(folder, `${report.command}.${extension}`);
    await writeFile(path, render(report)).catch(unwritable(path));
    paths.push(path);
  }
  return paths;
}

function unwritable(path: string): (error: Error) => never {
  return ({ message }) => {
    throw new Failure(`the report cannot be written to ${path}: ${message}; name another folder with --report-folder`);
  };
}
