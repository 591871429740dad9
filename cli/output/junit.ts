import { escapeXml } from "./xml";

/** The outcome of a test case that did not pass. */
export interface TestOutcome {
  readonly kind: "failure" | "error" | "skipped";
  readonly message: string;
  readonly type?: string;
  /** The full text, of which the message is a part. */
  readonly text?: string;
}

export interface TestCase {
  readonly name: string;
  readonly seconds: number;
  /** Undefined for a test case that passed. */
  readonly outcome: TestOutcome | undefined;
  /** Further lines, such as warnings. */
  readonly output: readonly string[];
}

export interface TestSuite {
  readonly name: string;
  readonly classname: string;
  readonly timestamp?: string;
  readonly seconds?: number;
  readonly properties?: Readonly<Record<string, string>>;
  readonly cases: readonly TestCase[];
  /** Errors that belong to no test case. */
  readonly errors?: readonly string[];
}

/** A test suite as JUnit XML, as GitLab, Jenkins and others read it. */
export function junitXml(suite: TestSuite): string {
  const { name, classname, timestamp, seconds, properties = {}, cases, errors = [] } = suite;
  const number = (kind: TestOutcome["kind"]) => cases.filter(({ outcome }) => outcome?.kind === kind).length;
  const counts = attributes({
    tests: cases.length,
    failures: number("failure"),
    errors: number("error"),
    skipped: number("skipped"),
    time: seconds,
  });
  const listed = Object.entries(properties).map(([key, value]) => `<property${attributes({ name: key, value })}/>`);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name })}${counts}>`,
    `  <testsuite${attributes({ name, timestamp })}${counts}>`,
    ...(listed.length === 0 ? [] : [`    <properties>${listed.join("")}</properties>`]),
    ...cases.flatMap((one) => testCase(one, classname)),
    ...textElement("system-err", errors).map((line) => `    ${line}`),
    "  </testsuite>",
    "</testsuites>",
  ].join("\n");
}

function testCase({ name, seconds, outcome, output }: TestCase, classname: string): readonly string[] {
  const head = `    <testcase${attributes({ classname, name, time: seconds })}`;
  const inside = [...outcomeElement(outcome), ...textElement("system-out", output)];
  if (inside.length === 0) return [`${head}/>`];
  return [`${head}>`, ...inside.map((line) => `      ${line}`), "    </testcase>"];
}

function outcomeElement(outcome: TestOutcome | undefined): readonly string[] {
  if (outcome === undefined) return [];
  const { kind, message, type, text } = outcome;
  const head = `<${kind}${attributes({ message, type })}`;
  return [text === undefined ? `${head}/>` : `${head}>${escapeXml(text)}</${kind}>`];
}

function textElement(name: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`<${name}>${escapeXml(lines.join("\n"))}</${name}>`];
}

function attributes(values: Readonly<Record<string, string | number | undefined>>): string {
  return Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}="${escapeXml(String(value)).replace(/\s+/g, " ")}"`)
    .join("");
}
