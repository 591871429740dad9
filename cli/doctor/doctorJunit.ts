import { formatProblem } from "../../components/base/problems";
import type { Check, DoctorReport } from "./doctorReport";

/** The report as JUnit XML: a test case for each check; errors fail it, warnings stand in its output. */
export function renderJunit({ clusterName, registration, checks }: DoctorReport): string {
  const failures = checks.filter((check) => errorsIn(check).length > 0).length;
  const skipped = checks.filter((check) => check.skipped !== undefined).length;
  const name = escapeXml(`doctor ${clusterName}`);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${name}" tests="${checks.length}" failures="${failures}">`,
    `  <testsuite name="${name}" tests="${checks.length}" failures="${failures}" errors="0" skipped="${skipped}">`,
    `    <properties><property name="registration" value="${escapeXml(registration)}"/></properties>`,
    ...checks.flatMap((check) => testCase(check, clusterName)),
    "  </testsuite>",
    "</testsuites>",
  ].join("\n");
}

function testCase(check: Check, clusterName: string): readonly string[] {
  const head = `    <testcase classname="${escapeXml(clusterName)}" name="${escapeXml(check.name)}" time="0"`;
  const errors = errorsIn(check);
  const warnings = check.findings.filter(({ severity }) => severity === "warning").map(formatProblem);
  const output = [...(check.detail === undefined ? [] : [check.detail]), ...warnings].join("\n");
  const body = [
    ...(check.skipped === undefined ? [] : [`      <skipped message="${escapeXml(check.skipped)}"/>`]),
    ...(errors.length === 0
      ? []
      : [
          `      <failure message="${escapeXml(errors.map(({ code, what }) => `${code} ${what}`).join("; "))}" type="${errors[0]?.code}">${escapeXml(
            errors.map(formatProblem).join("\n"),
          )}</failure>`,
        ]),
    ...(output === "" ? [] : [`      <system-out>${escapeXml(output)}</system-out>`]),
  ];
  return body.length === 0 ? [`${head}/>`] : [`${head}>`, ...body, "    </testcase>"];
}

function errorsIn({ findings }: Check): Check["findings"] {
  return findings.filter(({ severity }) => severity === "error");
}

/** For text and attributes; what XML 1.0 cannot hold is left out. */
function escapeXml(text: string): string {
  const named: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "\n": "&#10;",
  };
  return text
    .replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, "")
    .replace(/[&<>"\n]/g, (character) => named[character] ?? character);
}
