import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, get, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { Exchange } from "../../faults/support/exchange";
import type { ProxiedRequest } from "../../faults/support/proxiedRequest";

const request: ProxiedRequest = {
  method: "GET",
  path: "/",
  query: new URLSearchParams(),
  userAgent: "",
  body: Buffer.alloc(0),
  kind: "read",
  number: 1,
};

test("an answer that breaks off before it is passed on breaks off at the client", async () => {
  const asked = askThrough((_, response) => response.writeHead(201, { "content-length": "4" }).write("ab"));
  await assert.rejects(asked, /aborted/);
});

test("an answer that is whole before its server dies is passed on whole", async () => {
  const body = await askThrough((_, response) => response.writeHead(201, { "content-length": "2" }).write("ab"));
  assert.equal(body, "ab");
});

/** What a client reads by way of a proxy that passes the answer on once its server is dead. */
async function askThrough(answering: RequestListener): Promise<string> {
  const server = createServer(answering);
  const proxy = createServer(async (_, response) => {
    const forward = () => ask(server);
    const exchange = new Exchange(request, response, forward, () => undefined);
    const answer = await exchange.forward();
    await once(answer, "readable");
    const dead = once(answer.socket, "close");
    server.closeAllConnections();
    await dead;
    exchange.pass(answer);
  });
  await Promise.all([server, proxy].map((one) => once(one.listen(0, "127.0.0.1"), "listening")));
  try {
    const answer = await ask(proxy);
    return (await answer.setEncoding("utf8").toArray()).join("");
  } finally {
    for (const one of [server, proxy]) {
      one.closeAllConnections();
      one.close();
    }
  }
}

async function ask(server: Server): Promise<IncomingMessage> {
  const asking = get({ host: "127.0.0.1", port: (server.address() as AddressInfo).port });
  const [answer] = (await once(asking, "response")) as [IncomingMessage];
  return answer;
}
