import { constants } from "node:fs";
import { access, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../command";
import type { FleetReport } from "./fleetReport";
import { toHtml } from "./html";
import { toMarkdown } from "./markdown";
import { toJson } from "./reportJson";
import { toJunit } from "./reportJunit";

const renderers = { md: toMarkdown, json: toJson, xml: toJunit, html: toHtml } as const;

/**
 * Creates the folder of the reports if it does not exist. Called before a run, which may take long, so that it does not end without its report.
 *
 * @throws Failure when nothing can be written there
 */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (error) {
    throw unwritable(folder, error);
  }
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
    await writeFile(path, render(report)).catch((error: unknown) => {
      throw unwritable(path, error);
    });
    paths.push(path);
  }
  return paths;
}

function unwritable(path: string, error: unknown): Failure {
  const reason = error instanceof Error ? error.message : String(error);
  return new Failure(`the report cannot be written to ${path}: ${reason}; name another folder with --report-folder`);
}
