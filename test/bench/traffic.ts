import type { ConnectionCount } from "./distantServer";
import type { RequestCount } from "./requests";
import type { Connections, SizeResults } from "./results";

const writeVerbs = ["create", "update", "patch", "delete", "deletecollection"];

/** Connections between two counts, each with the management cluster first; of all other clusters together. */
export function connectionsSince(before: readonly ConnectionCount[], after: readonly ConnectionCount[]): Connections {
  const since = after.map((count, index) => minus(count, before[index] ?? none));
  return { management: since[0] ?? none, remote: since.slice(1).reduce(plus, none) };
}

/** Requests in a run that was watched. */
export function requestsOf(
  { watched }: SizeResults,
  name: string,
  isCounted: (count: RequestCount) => boolean = () => true,
): number {
  return (watched[name]?.requests ?? []).filter(isCounted).reduce((sum, { total }) => sum + total, 0);
}

/** Requests of this package's client. */
export function ownRequests(size: SizeResults, name: string, cluster?: RequestCount["cluster"]): number {
  return requestsOf(size, name, (one) => one.sender === "ours" && (cluster === undefined || one.cluster === cluster));
}

/** Requests of all senders to the management cluster. */
export function managementRequests(size: SizeResults, name: string): number {
  return requestsOf(size, name, ({ cluster }) => cluster === "management");
}

/** Writing requests of all senders. */
export function writes({ watched }: SizeResults, name: string): number {
  return (watched[name]?.requests ?? []).reduce(
    (sum, { verbs }) => sum + writeVerbs.reduce((all, verb) => all + (verbs[verb] ?? 0), 0),
    0,
  );
}

const none: ConnectionCount = { connections: 0, handshakes: 0, resumed: 0 };

function plus(one: ConnectionCount, other: ConnectionCount): ConnectionCount {
  return combined(one, other, (a, b) => a + b);
}

function minus(one: ConnectionCount, other: ConnectionCount): ConnectionCount {
  return combined(one, other, (a, b) => a - b);
}

function combined(one: ConnectionCount, other: ConnectionCount, of: (a: number, b: number) => number): ConnectionCount {
  return {
    connections: of(one.connections, other.connections),
    handshakes: of(one.handshakes, other.handshakes),
    resumed: of(one.resumed, other.resumed),
  };
}
