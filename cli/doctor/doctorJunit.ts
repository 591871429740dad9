import { formatProblem } from "../../components/base/problems";
import { junitXml, type TestOutcome } from "../output/junit";
import { isError } from "../output/severity";
import type { Check, DoctorReport } from "./doctorReport";

/** The reports as JUnit XML: a test case for each check, which fails for an error; warnings and details are its output. */
export function renderJunit(reports: readonly DoctorReport[]): string {
  const [first, ...others] = reports;
  const isOne = first !== undefined && others.length === 0;
  return junitXml({
    name: isOne ? `doctor ${first.clusterName}` : "doctor",
    classname: isOne ? first.clusterName : "doctor",
    properties: Object.fromEntries(
      reports.map(({ clusterName, registration }) => [isOne ? "registration" : clusterName, registration]),
    ),
    cases: reports.flatMap(({ clusterName, checks }) =>
      checks.map((check) => ({
        name: isOne ? check.name : `${clusterName}: ${check.name}`,
        seconds: 0,
        outcome: outcomeOf(check),
        output: [
          ...(check.detail === undefined ? [] : [check.detail]),
          ...check.findings.filter((finding) => !isError(finding)).map(formatProblem),
        ],
      })),
    ),
  });
}

function outcomeOf({ findings, skipped }: Check): TestOutcome | undefined {
  if (skipped !== undefined) return { kind: "skipped", message: skipped };
  const errors = findings.filter(isError);
  const [first] = errors;
  if (first === undefined) return undefined;
  return {
    kind: "failure",
    message: errors.map(({ code, what }) => `${code} ${what}`).join("; "),
    type: first.code,
    text: errors.map(formatProblem).join("\n"),
  };
}
