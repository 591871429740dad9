import { count, someOf } from "../../components/base/text";
import { cut, day, tenths } from "../output/shortForms";
import { escapeXml } from "../output/xml";
import type { FleetReport, ReportedCertificate } from "./fleetReport";

const width = 960;
const labelWidth = 330;
const rowHeight = 22;
const axisHeight = 28;
/** More rows make the drawing unreadable. */
const mostRows = 40;
const longestLabel = 46;

const dayMilliseconds = 24 * 60 * 60 * 1000;
const ticks = [
  [7, "7 days"],
  [30, "30 days"],
  [90, "90 days"],
  [365, "1 year"],
  [3 * 365, "3 years"],
  [10 * 365, "10 years"],
  [30 * 365, "30 years"],
] as const;

/** Certificates of one kind that expire on the same day. */
interface TimelineRow {
  readonly certificate: ReportedCertificate;
  readonly number: number;
  readonly clusters: readonly string[];
}

/**
 * Draws when the certificates expire. The axis is logarithmic, because a root CA lives ten times longer than a client certificate, and the near future
 * matters most. The table beside it lists all certificates.
 */
export function timelineSvg({ certificates, startedAt }: FleetReport): string {
  const rows = rowsOf(certificates);
  const shown = rows.slice(0, mostRows);
  const left = rows.slice(mostRows).reduce((sum, { number }) => sum + number, 0);
  const now = Date.parse(startedAt);
  const last = Math.max(30, ...shown.map(({ certificate }) => daysUntil(certificate.notAfter, now)));
  const scale = (days: number) => labelWidth + (width - labelWidth - 20) * position(days, last);
  const height = axisHeight + shown.length * rowHeight + (left > 0 ? rowHeight : 0) + 6;
  const leftOut = `${count(left, "certificate")} that expire later`;
  const title = `${count(certificates.length, "certificate")} by the day on which they expire`;
  return [
    `<svg class="timeline" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeXml(title)}">`,
    ...ticks.filter(([days]) => days <= last).map(([days, name]) => tick(scale(days), height, name)),
    tick(scale(0), height, "now"),
    ...shown.map((row, index) => bar(row, axisHeight + index * rowHeight, now, scale)),
    ...(left > 0 ? [`<text class="faint" x="0" y="${height - 10}">${leftOut}: see the table</text>`] : []),
    "</svg>",
  ].join("\n");
}

function rowsOf(certificates: readonly ReportedCertificate[]): TimelineRow[] {
  const rows = new Map<string, { certificate: ReportedCertificate; number: number; clusters: string[] }>();
  for (const certificate of certificates) {
    const { kind, subject, notAfter, clusters, fingerprint } = certificate;
    // Only many certificates are grouped.
    const key = certificates.length <= mostRows ? `${kind} ${subject} ${fingerprint}` : `${kind} ${day(notAfter)}`;
    const row = rows.get(key) ?? { certificate, number: 0, clusters: [] };
    row.number += 1;
    row.clusters.push(...clusters.filter((name) => !row.clusters.includes(name)));
    rows.set(key, row);
  }
  return [...rows.values()];
}

function tick(x: number, height: number, name: string): string {
  const at = tenths(x);
  return `<line class="grid" x1="${at}" y1="18" x2="${at}" y2="${height}"/><text class="faint" x="${at}" y="12" text-anchor="middle">${name}</text>`;
}

function bar(row: TimelineRow, y: number, now: number, scale: (days: number) => number): string {
  const { kind, notAfter, actBy, due, daysLeft } = row.certificate;
  const [begin, end] = [scale(0), scale(daysUntil(notAfter, now))];
  const act = scale(daysUntil(actBy, now));
  const label = labelOf(row);
  const title = `${label}: expires ${day(notAfter)}, ${count(daysLeft, "day")} left, act by ${actBy}; ${someOf(row.clusters, 20)}`;
  const middle = y + rowHeight / 2;
  return [
    `<g class="${due ? "due" : kind}"><title>${escapeXml(title)}</title>`,
    `<text x="0" y="${middle + 4}">${escapeXml(cut(label, longestLabel))}</text>`,
    `<rect class="bar" x="${tenths(begin)}" y="${middle - 5}" width="${tenths(Math.max(2, end - begin))}" height="10" rx="3"/>`,
    due ? "" : `<path class="act" d="M${tenths(act)} ${middle - 8} v16"/>`,
    `<text class="end" x="${tenths(Math.max(begin + 4, end - 4))}" y="${middle + 4}" text-anchor="${end - begin > 80 ? "end" : "start"}">${day(notAfter)}</text></g>`,
  ].join("");
}

function labelOf({ certificate: { kind, subject, due }, number, clusters }: TimelineRow): string {
  const mark = due ? "due: " : "";
  return number === 1 ? `${mark}${kind} ${subject}` : `${mark}${kind} of ${someOf(clusters, 2)}`;
}

/** Position on the axis: 0 for now, 1 for the last day. */
function position(days: number, last: number): number {
  return Math.log1p(Math.max(0, days) / 7) / Math.log1p(last / 7);
}

function daysUntil(moment: string, now: number): number {
  return (Date.parse(moment) - now) / dayMilliseconds;
}
