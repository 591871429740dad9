import { formatProblem } from "../../components/base/problems";
import { junitXml, type TestOutcome } from "../output/junit";
import type { Check, DoctorReport } from "./doctorReport";

/** The report as JUnit XML: a test case for each check; errors fail it, warnings are its output. */
export function renderJunit({ clusterName, registration, checks }: DoctorReport): string {
  return junitXml({
    name: `doctor ${clusterName}`,
    classname: clusterName,
    properties: { registration },
    cases: checks.map((check) => ({
      name: check.name,
      seconds: 0,
      outcome: outcomeOf(check),
      output: [
        ...(check.detail === undefined ? [] : [check.detail]),
        ...check.findings.filter(({ severity }) => severity === "warning").map(formatProblem),
      ],
    })),
  });
}

function outcomeOf({ findings, skipped }: Check): TestOutcome | undefined {
  if (skipped !== undefined) return { kind: "skipped", message: skipped };
  const errors = findings.filter(({ severity }) => severity === "error");
  const [first] = errors;
  if (first === undefined) return undefined;
  return {
    kind: "failure",
    message: errors.map(({ code, what }) => `${code} ${what}`).join("; "),
    type: first.code,
    text: errors.map(formatProblem).join("\n"),
  };
}
