import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { onHttp2Request } from "../../../../../components/base/internals/http2Internals";

test("Node reports the path of each request to an HTTP/2 server of the process", async (context) => {
  const paths: unknown[] = [];
  onHttp2Request((path) => paths.push(path));
  const server = createServer((_request, response) => response.end());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => server.close());
  const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  context.after(() => client.close());
  const request = client.request({ ":path": "/pulumirpc.ResourceProvider/Cancel" });
  request.resume();
  await once(request, "close");
  assert.deepEqual(paths, ["/pulumirpc.ResourceProvider/Cancel"]);
});
