import { count, someOf } from "../../components/base/text";
import { subjectsApart } from "../../components/certificates/subjects";
import { cutMiddle, day, tenths } from "../output/shortForms";
import { escapeXml as e } from "../output/xml";
import type { FleetReport, ReportedCertificate } from "./fleetReport";
import { expiryInWords } from "./words";

/** More rows make the drawing unreadable. */
const mostRows = 40;
const longestSubject = 36;
const longestName = 24;

const dayMilliseconds = 24 * 60 * 60 * 1000;
/** The marks of the axis in days; a narrow page shows the main ones alone. */
const ticks = [
  [7, "7 days", "more"],
  [30, "30 days", "main"],
  [90, "90 days", "more"],
  [365, "1 year", "main"],
  [3 * 365, "3 years", "more"],
  [10 * 365, "10 years", "main"],
  [30 * 365, "30 years", "more"],
] as const;

/** Certificates of one kind that expire on the same day. */
interface TimelineRow {
  readonly certificate: ReportedCertificate;
  readonly subject: string;
  readonly number: number;
  readonly clusters: readonly string[];
}

/** Position on the axis, in percent of its width. */
type Scale = (days: number) => string;

/**
 * Draws when the certificates expire: a row each, with a bar as wide as the page allows. The axis is logarithmic, because a root CA lives ten times longer
 * than a client certificate, and the near future matters most. The table beside it lists all certificates.
 */
export function timelineHtml({ certificates, startedAt }: FleetReport): string {
  const rows = rowsOf(certificates);
  const shown = rows.slice(0, mostRows);
  const left = rows.slice(mostRows).reduce((sum, { number }) => sum + number, 0);
  const now = Date.parse(startedAt);
  const last = Math.max(30, ...shown.map(({ certificate }) => daysUntil(certificate.notAfter, now)));
  const scale: Scale = (days) => `${tenths(100 * position(days, last))}%`;
  const marks = ticks.filter(([days]) => days <= last);
  const title = `${count(certificates.length, "certificate")} by the day on which they expire`;
  return [
    `<ul class="timeline" aria-label="${e(title)}">`,
    `<li class="axis"><span></span><svg height="16">${axis(marks, scale)}</svg></li>`,
    ...shown.map((row) => bar(row, now, marks, scale)),
    "</ul>",
    ...(left > 0 ? [`<p class="faint">${count(left, "certificate")} that expire later: see the table</p>`] : []),
  ].join("\n");
}

function rowsOf(certificates: readonly ReportedCertificate[]): TimelineRow[] {
  const subjectOf = subjectsApart(certificates);
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
  return [...rows.values()].map((row) => ({ ...row, subject: subjectOf(row.certificate) }));
}

type Ticks = readonly (typeof ticks)[number][];

function axis(marks: Ticks, scale: Scale): string {
  const now = `<text class="faint" x="0" y="12">now</text>`;
  return `${now}${marks.map(([days, name, rank]) => `<text class="faint ${rank}" x="${scale(days)}" y="12" text-anchor="end">${name}</text>`).join("")}`;
}

function bar(row: TimelineRow, now: number, marks: Ticks, scale: Scale): string {
  const { kind, notAfter, actBy, due, daysLeft } = row.certificate;
  const label = labelOf(row);
  const title = `${label}: expires ${day(notAfter)}, ${count(daysLeft, "day")} left, act by ${actBy}; ${someOf(row.clusters, 20)}`;
  const act = scale(daysUntil(actBy, now));
  const grid = marks.map(([days]) => `<line class="grid" x1="${scale(days)}" y1="0" x2="${scale(days)}" y2="100%"/>`);
  return [
    `<li class="${due ? "due" : kind}" title="${e(title)}"><span>${e(label)} <small>${e(expiryInWords(row.certificate))}</small></span>`,
    `<svg height="18" aria-hidden="true">${grid.join("")}<rect class="bar" x="0" y="4" width="${scale(daysUntil(notAfter, now))}" height="10" rx="3"/>`,
    due ? "" : `<line class="act" x1="${act}" y1="1" x2="${act}" y2="17"/>`,
    "</svg></li>",
  ].join("");
}

function labelOf({ certificate: { kind, due }, subject, number, clusters }: TimelineRow): string {
  const names = clusters.map((name) => cutMiddle(name, longestName));
  const holder = number === 1 ? cutMiddle(subject, longestSubject) : `of ${someOf(names, 1)}`;
  return `${due ? "due: " : ""}${kind} ${holder}`;
}

/** Position on the axis: 0 for now, 1 for the last day. */
function position(days: number, last: number): number {
  return Math.log1p(Math.max(0, days) / 7) / Math.log1p(last / 7);
}

function daysUntil(moment: string, now: number): number {
  return (Date.parse(moment) - now) / dayMilliseconds;
}
