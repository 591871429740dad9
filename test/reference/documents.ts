import { join } from "node:path";
import { comment } from "../../cli/comment";
import { doctor } from "../../cli/doctor";
import { apply, drift, preview } from "../../cli/fleetCommands";
import { codePage } from "../../cli/report/codeUrl";
import { problemCodes } from "../../components/base/problems";
import { argumentsTable, plainArguments } from "./argumentsTable";
import type { Declarations } from "./declarations";

/** A part of a document that is made from the sources. */
export interface GeneratedPart {
  readonly file: string;
  /** Name of the comments around it. */
  readonly mark: string;
  readonly content: string;
}

/** All of them; `npm run docs:reference` writes them, and a test compares them. */
export function generatedParts(declarations: Declarations): GeneratedPart[] {
  const file = join("docs", "reference", "arguments.md");
  return [
    {
      file,
      mark: "registration",
      content: argumentsTable(declarations.arguments("GlooMeshRelayRegistrationArgs")),
    },
    { file, mark: "plain", content: plainArguments() },
    { file, mark: "connection", content: argumentsTable(declarations.arguments("ClusterConnectionArgs")) },
    { file: join("docs", "reference", "errors", "README.md"), mark: "codes", content: codesTable() },
    { file: join("docs", "reference", "cli.md"), mark: "usage", content: usages() },
  ];
}

function usages(): string {
  return Object.entries({ doctor, preview, comment, apply, drift })
    .map(([name, { usage }]) => `## ${name}\n\n\`\`\`\n${usage.trim()}\n\`\`\``)
    .join("\n\n");
}

function codesTable(): string {
  const rows = Object.entries(problemCodes).map(
    ([code, title]) => `| [${code}](${codePage(code).replace("docs/reference/errors/", "")}) | ${title} |`,
  );
  return ["| code | problem |", "|---|---|", ...rows].join("\n");
}
