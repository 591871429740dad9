/** One sample of a metric in Prometheus' text format. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * Parses the samples of one metric from Prometheus' text format, or OpenMetrics, whose timestamps and exemplars are skipped. Labels may come in any
 * order and hold escapes; all other lines are skipped.
 */
export function parseSamples(text: string, metric: string): Sample[] {
  return text.split("\n").flatMap((line) => {
    const trimmed = line.trim();
    if (!trimmed.startsWith(metric) || trimmed.length > longestLine) return [];
    const following = trimmed.slice(metric.length);
    const rest = following.trimStart();
    // A letter after the name means another, longer name.
    const none = /^\s/.test(following) ? { found: {}, end: 0 } : undefined;
    const labels = rest.startsWith("{") ? parseLabels(rest) : none;
    const value = labels && numberOf(rest.slice(labels.end).trim().split(/\s+/)[0] ?? "");
    return labels && value !== undefined ? [{ labels: labels.found, value }] : [];
  });
}

function numberOf(text: string): number | undefined {
  if (/^[+-]?Inf(inity)?$/i.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  if (text === "" || !/^[+-]?(\d+(?:\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text)) return undefined;
  return Number(text);
}

/** A pattern that matches millions of characters one by one ends with a RangeError. */
const longestLine = 65_536;

const label = /\s*([A-Za-z_][A-Za-z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(,?)/y;

/** The labels at the start of `text` in their braces, and where they end; undefined when they are not closed. */
function parseLabels(text: string): { found: Record<string, string>; end: number } | undefined {
  // Without a prototype: a label may have any name.
  const found: Record<string, string> = Object.create(null);
  label.lastIndex = 1;
  let end = 1;
  for (let match = label.exec(text); match; match = label.exec(text)) {
    found[match[1] ?? ""] = unescaped(match[2] ?? "");
    end = label.lastIndex;
    if (match[3] === "") break;
  }
  const rest = text.slice(end).trimStart();
  return rest.startsWith("}") ? { found, end: text.length - rest.length + 1 } : undefined;
}

function unescaped(value: string): string {
  return value.replace(/\\(.)/g, (_whole, character: string) => (character === "n" ? "\n" : character));
}
