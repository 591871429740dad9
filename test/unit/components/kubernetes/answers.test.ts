import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { retryAfterSeconds } from "../../../../components/kubernetes/answers";
import { KubernetesClient } from "../../../../components/kubernetes/client";
import { FakeKubeApi, status } from "../../../support/fakeKubeApi";

describe("the seconds of Retry-After", () => {
  for (const [statusCode, header, expected] of [
    [429, "1", 1],
    [503, "30", 30],
    [429, "0", 1],
    [429, undefined, undefined],
    [429, "soon", undefined],
    [429, "-1", undefined],
    [429, "Wed, 21 Oct 2026 07:28:00 GMT", undefined],
    [500, "1", undefined],
    [200, "1", undefined],
  ] as const) {
    test(`are ${expected} for ${statusCode} with ${header ?? "no such header"}`, () => {
      const headers = header === undefined ? {} : { "retry-after": header };
      assert.equal(retryAfterSeconds({ statusCode, headers }), expected);
    });
  }
});

describe("an API server that is too busy", () => {
  /** Answers so the first time, and what it has from then on. */
  async function busyOnce(context: TestContext, code: number, seconds: string) {
    const api = await FakeKubeApi.start("remote");
    context.after(() => api.stop());
    api.store.put("/api/v1/namespaces/there", {});
    let isFirst = true;
    api.intervene = () => {
      if (!isFirst) return undefined;
      isFirst = false;
      return { ...status(code, "TooManyRequests"), headers: { "retry-after": seconds } };
    };
    return { api, client: await KubernetesClient.open(api.access) };
  }

  for (const code of [429, 503]) {
    test(`is asked again after the seconds that it names with ${code}`, async (context) => {
      const { api, client } = await busyOnce(context, code, "1");
      assert.ok(await client.find("/api/v1/namespaces/there"));
      assert.equal(api.requests.length, 2);
    });
  }

  test("is not waited for longer than a request may take: GMR117", async (context) => {
    const { api, client } = await busyOnce(context, 429, "60");
    await assert.rejects(client.find("/api/v1/namespaces/there"), /GMR117 .*answered 429/);
    assert.equal(api.requests.length, 1);
  });

  test("and then says nothing has answered all the same: GMR117, not GMR113", async (context) => {
    const { api, client } = await busyOnce(context, 429, "1");
    const first = api.intervene;
    api.intervene = (request) => first(request) ?? "hang";
    await assert.rejects(client.find("/api/v1/namespaces/there", { timeoutSeconds: 2 }), /GMR117 .*answered 429/);
    assert.equal(api.requests.length, 2);
  });

  test("is not repeated when the caller gives up", async (context) => {
    const { api, client } = await busyOnce(context, 429, "5");
    const caller = new AbortController();
    const asked = client.find("/api/v1/namespaces/there", { signal: caller.signal });
    await api.until(() => api.requests.length > 0);
    caller.abort(new Error("interrupted"));
    await assert.rejects(asked, /interrupted/);
    assert.equal(api.requests.length, 1);
  });
});
