import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

// Below the range from which Linux (32768) and macOS (49152) take the local ports of outgoing connections: between our
// look and the bind of the server that gets the port, no connection of anybody can slip onto it.
const first = 20_000;
const last = 30_000;
const attempts = 50;

/** A TCP port of 127.0.0.1 that was free a moment ago; for programs that cannot choose one and tell. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const port = randomInt(first, last);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port found between ${first} and ${last} in ${attempts} attempts`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
