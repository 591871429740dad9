import { cleanLine } from "../../base/foreignText";
import { maskCredentials } from "../../base/mask";
import { cutInTheMiddle } from "../../base/text";
import type { ClientCertificateInputs } from "../shared/inputs";
import type { WaitReason } from "./waitReason";

/** A terminal has 80 columns, of which Pulumi's list of messages takes four. */
const columns = 76;

/** Columns of a cluster's name, which may have 253. */
const nameColumns = 24;

/** The line about a wait, whose end is cut: `cluster-2 10/300 s: refused: dial tcp 172.18.0.2:31179: connect: connection…`. */
export function waitLine(
  { clusterName, timeoutSeconds }: Pick<ClientCertificateInputs, "clusterName" | "timeoutSeconds">,
  seconds: number,
  { forms }: WaitReason,
): string {
  const start = `${cutInTheMiddle(clusterName, nameColumns)} ${seconds}/${timeoutSeconds} s: `;
  // Masked before the cut, which could uncover half a secret.
  const lines = forms.map((form) => start + withoutWrappers(cleanLine(maskCredentials(form))));
  const fitting = lines.find((line) => lengthOf(line) <= columns);
  return fitting ?? cutEnd(lines.at(-1) ?? start);
}

/** Wrappers around an error that say nothing of their own: of kubelet and containerd, of grpc-go, and of crypto/tls around crypto/x509. */
const wrappers: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/\brpc error: code = (?:Unavailable|Unknown) desc = |\brpc error: code = \w+ desc = (?=failed to pull)/g, ""],
  [/\b(?:Back-off pulling|[Ff]ailed to pull(?: and unpack)?) image (?=")/g, ""],
  [/\brpc error: code = (\w+) desc = /g, "$1: "],
  [/\b(?:latest balancer error: )?connection error: desc = "((?:[^"\\]|\\.)*)(?:"|$)/g, "$1"],
  [/\btransport: (?:Error while dialing:? )?/g, ""],
  [/\b(?:authentication handshake failed: )?tls: failed to verify certificate: (?=x509: )/g, ""],
];

function withoutWrappers(text: string): string {
  return wrappers.reduce((rest, [pattern, replacement]) => rest.replace(pattern, replacement), text);
}

function lengthOf(line: string): number {
  return [...line].length;
}

function cutEnd(line: string): string {
  return `${[...line]
    .slice(0, columns - 1)
    .join("")
    .trimEnd()}…`;
}
