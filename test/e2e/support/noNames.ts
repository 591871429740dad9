import dns from "node:dns";
import { isReserved, lookup } from "../../sandbox/relay/reservedNames";

// Loaded into the program of a stack before anything else, so that its checks, too, ask nobody for names that never resolve.
const real = dns.lookup;
dns.lookup = ((name: string, ...rest: readonly unknown[]) => {
  const callback = rest.at(-1) as Parameters<typeof lookup>[2];
  if (isReserved(name)) lookup(name, {}, callback);
  else Reflect.apply(real, dns, [name, ...rest]);
}) as typeof dns.lookup;
