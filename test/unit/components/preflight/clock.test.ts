import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { checkClock } from "../../../../components/preflight/clock";
import type { Finding } from "../../../../components/preflight/findings/finding";
import { startApi } from "./remote/world";

/** What is found when the API server's clock differs by so many seconds. */
async function foundAt(context: TestContext, seconds: number): Promise<Finding | undefined> {
  const { api, client } = await startApi(context);
  api.date = () => new Date(Date.now() + seconds * 1000).toUTCString();
  await client.request("GET", "/version");
  return checkClock(client);
}

describe("GMR119: clocks that differ", () => {
  test("nothing is found for clocks that agree, and for less than a minute", async (context) => {
    for (const seconds of [0, 50, -50]) assert.equal(await foundAt(context, seconds), undefined, String(seconds));
  });

  test("an API server that is ahead within the tolerance", async (context) => {
    const finding = await foundAt(context, 200);
    assert.equal(finding?.code, "GMR119");
    assert.equal(finding.severity, "warning");
    assert.match(finding.what, /(199|200|201) s ahead of this machine's/);
    assert.match(finding.cause ?? "", /the proof still works/);
  });

  test("an API server that is ahead of the tolerance: the proof will fail, and it stays a warning", async (context) => {
    const finding = await foundAt(context, 400);
    assert.equal(finding?.severity, "warning");
    assert.match(finding.cause ?? "", /not yet valid .* the proof will fail/);
  });

  test("an API server that is behind", async (context) => {
    const finding = await foundAt(context, -4000);
    assert.match(finding?.what ?? "", /(3999|4000|4001|4002) s behind this machine's/);
    assert.match(finding?.cause ?? "", /expired before they are/);
  });

  test("nothing is found before an answer, and when the answer tells no time", async (context) => {
    const { api, client } = await startApi(context);
    assert.equal(checkClock(client), undefined);
    api.date = () => "yesterday";
    await client.request("GET", "/version");
    assert.equal(checkClock(client), undefined);
    assert.ok(Math.abs(client.clock.getTime() - Date.now()) < 60_000, "the clock falls back to this machine's");
  });
});
