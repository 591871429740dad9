/** The lines of the demo's output that the README shows: each pattern takes the next line that fits. */
const shown: readonly RegExp[] = [
  /^=== pulumi preview/,
  /^ {4}plan: register cluster-1 /,
  /^ {6}\+ namespace/,
  /^ {6}\+ root CA/,
  /^ {6}\+ bootstrap token/,
  /^ {6}\+ KubernetesCluster/,
  /^ {6}\+ agent/,
  /^=== pulumi up: register/,
  /^ {8}cluster-1: "proven/,
  /^ {8}cluster-2: "proven/,
  /^took /,
  /^=== pulumi up again/,
  /^ {4}\d+ unchanged/,
  /^=== pulumi destroy/,
  /^ {4}- \d+ deleted/,
  /^=== What is left/,
  /^remote-1: no namespace/,
  /^remote-2: no namespace/,
  /^management: no KubernetesCluster/,
];

/** @throws when the output has no such lines, in their order */
export function excerptOf(output: string): string {
  const lines = output.split("\n");
  let from = 0;
  const found = shown.map((pattern) => {
    const index = lines.findIndex((line, at) => at >= from && pattern.test(line));
    if (index < 0) throw new Error(`the demo printed no line ${pattern} after line ${from}`);
    from = index + 1;
    return lines[index] ?? "";
  });
  return found.join("\n");
}
