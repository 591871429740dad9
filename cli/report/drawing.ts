import { count, someOf } from "../../components/base/text";
import { cutMiddle } from "../output/shortForms";
import { escapeXml as e } from "../output/xml";
import { type ClusterReport, type ClusterState, type FleetReport, worstFirst } from "./fleetReport";
import { stateInWords } from "./words";

const longestName = 21;

/** Signs of the states, for readers who see no colours. */
const signs: Readonly<Record<ClusterState, string>> = {
  failed: "✗",
  unfinished: "?",
  changes: "±",
  leaves: "→",
  left: "→",
  "hands-over": "→",
  "handed-over": "→",
  proven: "✓",
  unhealthy: "✗",
  unknown: "?",
  unchanged: "✓",
};

/** Draws the management cluster and the agents that connect to it, the worst first: a box each, in as many columns as the page has room for. */
export function drawingHtml(report: FleetReport): string {
  const { clusters } = report;
  const title = `the management cluster and ${count(clusters.length, "cluster")}`;
  return [
    `<div class="hub"><span>management cluster</span><small>relay server at ${e(addresses(report))}</small></div>`,
    `<ul class="agents" aria-label="${title}">`,
    ...worstFirst(clusters).map(box),
    "</ul>",
  ].join("\n");
}

function box(cluster: ClusterReport): string {
  const { name, state, proof, agentVersion } = cluster;
  const words = stateInWords(cluster);
  const detail = [words, agentVersion, proof === undefined ? undefined : `proof ${proof}`].filter(Boolean).join(", ");
  const short = [words, agentVersion].filter(Boolean).join(" · ");
  const label = `${signs[state]} ${cutMiddle(name, longestName)}`;
  return `<li class="${state}" title="${e(`${name}: ${detail}`)}"><span>${e(label)}</span><small>${e(short)}</small></li>`;
}

function addresses({ clusters }: FleetReport): string {
  const all = [...new Set(clusters.flatMap(({ relayServerAddress }) => relayServerAddress ?? []))];
  return all.length === 0 ? "an unknown address" : someOf(all, 3);
}
