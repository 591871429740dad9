import { count, someOf } from "../../components/base/text";
import { cut, tenths } from "../output/shortForms";
import { escapeXml } from "../output/xml";
import type { ClusterReport, ClusterState, FleetReport } from "./fleetReport";

const width = 960;
const columns = 5;
const gap = 14;
const boxWidth = (width - 1 - gap * columns) / columns;
const boxHeight = 40;
const rowHeight = boxHeight + 26;
const hubHeight = 44;
const longestName = 21;

/** Signs of the states, for readers who see no colours. */
const signs: Readonly<Record<ClusterState, string>> = {
  failed: "✗",
  unfinished: "?",
  changes: "±",
  leaves: "→",
  left: "→",
  proven: "✓",
  unhealthy: "✗",
  unknown: "?",
  unchanged: "✓",
};

/** Draws the management cluster and the agents that connect to it: a trunk, and a branch for each row of clusters. */
export function graphSvg(report: FleetReport): string {
  const { clusters } = report;
  const rows = Math.ceil(clusters.length / columns);
  const height = hubHeight + rows * rowHeight + 8;
  const trunk = gap / 2;
  const lastBranch = branchHeight(rows - 1);
  const title = `the management cluster and ${count(clusters.length, "cluster")}`;
  return [
    `<svg class="graph" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">`,
    `<g class="hub"><title>${escapeXml(`relay server at ${addresses(report)}`)}</title><rect x="0.5" y="0.5" width="${width - 1}" height="${hubHeight - 2}" rx="6"/>`,
    `<text x="14" y="19">management cluster</text><text class="faint" x="14" y="35">relay server at ${escapeXml(addresses(report))}</text></g>`,
    ...(rows === 0 ? [] : [`<path class="wire" d="M${trunk} ${hubHeight - 1} V${lastBranch}"/>`]),
    ...Array.from({ length: rows }, (_, index) => branch(index, clusters.length)),
    ...clusters.map((cluster, index) => node(cluster, index)),
    "</svg>",
  ].join("\n");
}

/** The branch that a row of clusters shares. */
function branch(row: number, clusters: number): string {
  const last = Math.min(columns, clusters - row * columns) - 1;
  return `<path class="wire" d="M${gap / 2} ${branchHeight(row)} H${middleOf(last)}"/>`;
}

function branchHeight(row: number): number {
  return hubHeight + row * rowHeight + 13;
}

function middleOf(column: number): number {
  return tenths(gap + column * (boxWidth + gap) + boxWidth / 2);
}

function node({ name, state, proof, agentVersion }: ClusterReport, index: number): string {
  const column = index % columns;
  const from = branchHeight(Math.floor(index / columns));
  const [x, y] = [gap + column * (boxWidth + gap), from + 11];
  const detail = [state, agentVersion, proof === undefined ? undefined : `proof ${proof}`].filter(Boolean).join(", ");
  const short = [state, agentVersion].filter(Boolean).join(" · ");
  return [
    `<g class="${state}"><title>${escapeXml(`${name}: ${detail}`)}</title>`,
    `<path class="wire" d="M${middleOf(column)} ${from} V${y}"/>`,
    `<rect x="${tenths(x)}" y="${y}" width="${tenths(boxWidth)}" height="${boxHeight}" rx="5"/>`,
    `<text x="${tenths(x + 8)}" y="${y + 17}">${signs[state]} ${escapeXml(cut(name, longestName))}</text>`,
    `<text class="faint" x="${tenths(x + 8)}" y="${y + 32}">${escapeXml(short)}</text></g>`,
  ].join("");
}

function addresses({ clusters }: FleetReport): string {
  const all = [...new Set(clusters.flatMap(({ relayServerAddress }) => relayServerAddress ?? []))];
  return all.length === 0 ? "an unknown address" : someOf(all, 3);
}
