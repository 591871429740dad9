import dns from "node:dns";

// Loaded into the program of a stack before anything else, so that its checks ask nobody for names below `.invalid`: they never resolve
// (RFC 6761, 6.4), and a test does not reach beyond its machine. The relay's own programs do the same.
const real = dns.lookup;
dns.lookup = ((name: string, ...rest: readonly unknown[]) => {
  if (!/(?:^|\.)invalid\.?$/i.test(name)) {
    Reflect.apply(real, dns, [name, ...rest]);
    return;
  }
  const callback = rest.at(-1) as (error: NodeJS.ErrnoException) => void;
  const problem = { code: "ENOTFOUND", syscall: "getaddrinfo", hostname: name };
  process.nextTick(() => callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), problem)));
}) as typeof dns.lookup;
