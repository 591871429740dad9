import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { problemsOf } from "../../../../components/base/problems";
import { KubernetesClient } from "../../../../components/kubernetes/client";
import { removeIf } from "../../../../components/kubernetes/guardedWrites";
import type { KubernetesObject } from "../../../../components/kubernetes/objects";
import { FakeKubeApi, status } from "../../../support/fakeKubeApi";

const collection = "/api/v1/namespaces/gloo-mesh/secrets";
let api: FakeKubeApi;
let client: KubernetesClient;

before(async () => {
  api = await FakeKubeApi.start("remote");
  client = await KubernetesClient.open(api.access);
});
after(() => api.stop());
beforeEach(() => {
  for (const path of api.store.paths()) api.store.remove(path);
  api.requests.length = 0;
  api.intervene = () => undefined;
});

function fill(count: number): void {
  for (let index = 0; index < count; index++) api.store.put(`${collection}/s${index}`, { kind: "Secret" });
}

const problemsIn = (work: Promise<unknown>) =>
  work.then(
    () => assert.fail("it succeeded"),
    (error: unknown) => problemsOf(error) ?? [],
  );
const codesOf = async (work: Promise<unknown>) => (await problemsIn(work)).map(({ code }) => code);

describe("a list", { concurrency: false }, () => {
  test("is read page by page, with its selectors, to its end", async () => {
    fill(1203);
    const { items, resourceVersion } = await client.list(`${collection}?labelSelector=`);
    assert.equal(items.length, 1203);
    assert.equal(new Set(items.map(({ metadata }) => metadata.name)).size, 1203);
    assert.equal(resourceVersion, String(api.store.currentVersion));
    assert.deepEqual(
      api.requests.map(({ query }) => [query.get("labelSelector"), query.get("limit"), query.get("continue")]),
      [
        ["", "500", null],
        ["", "500", "500"],
        ["", "500", "1000"],
      ],
    );
  });

  test("that goes on for more than a minute has no end", async (context) => {
    context.mock.timers.enable({ apis: ["Date"], now: Date.now() });
    api.intervene = () => {
      context.mock.timers.setTime(Date.now() + 31_000);
      return { status: 200, body: { metadata: { continue: "x" }, items: [] } };
    };
    assert.deepEqual(await codesOf(client.list(collection)), ["GMR117"]);
    assert.equal(api.count("list"), 2);
  });

  test("of the first few objects is one request", async () => {
    fill(7);
    assert.equal((await client.list(collection, { first: 5 })).items.length, 5);
    assert.deepEqual(
      api.requests.map(({ query }) => query.get("limit")),
      ["5"],
    );
  });

  test("whose continuation has expired begins again, once", async () => {
    fill(600);
    let expired = 0;
    api.intervene = ({ query }) => {
      if (!query.has("continue") || expired === 1) return undefined;
      expired += 1;
      return status(410, "Expired", collection);
    };
    assert.equal((await client.list(collection)).items.length, 600);
    api.intervene = ({ query }) => (query.has("continue") ? status(410, "Expired", collection) : undefined);
    api.requests.length = 0;
    await assert.rejects(client.list(collection), { status: 410 });
    assert.equal(api.requests.length, 4);
  });

  test("that is empty may have null for its objects, as a list of metadata has", async () => {
    api.intervene = () => ({ status: 200, body: { metadata: { resourceVersion: "7" }, items: null } });
    assert.deepEqual(await client.list(collection), { items: [], resourceVersion: "7" });
  });

  for (const body of [
    "null",
    "[]",
    '"text"',
    "{}",
    '{"items": {}}',
    '{"items": [null]}',
    '{"items": [{}]}',
    '{"items": [{"metadata": {"name": 1}}]}',
  ]) {
    test(`GMR117: is not ${body}`, async () => {
      api.intervene = () => ({ status: 200, body });
      assert.deepEqual(await codesOf(client.list(collection)), ["GMR117"]);
    });
  }
});

describe("a delete", { concurrency: false }, () => {
  const path = `${collection}/token`;
  const put = (labels: object = {}) => api.store.put(path, { kind: "Secret", metadata: { labels } });
  const isMarked = ({ metadata }: KubernetesObject) => metadata.labels?.["mark"] === "ours";

  test("removes the object that was read, and counts a missing one as deleted", async () => {
    const { metadata } = put();
    assert.deepEqual(await client.remove(path, metadata), { isGone: true });
    assert.equal(api.store.get(path), undefined);
    assert.deepEqual(await client.remove(path, metadata), { isGone: true });
  });

  test("leaves it open whether an object is gone that the API server answers with: finalizers may hold it", async () => {
    const { metadata } = put();
    api.intervene = ({ verb }) => (verb === "delete" ? { status: 200, body: { kind: "Secret", metadata } } : undefined);
    assert.deepEqual(await client.remove(path, metadata), { isGone: false });
  });

  test("does not remove an object that was replaced, or changed if its resourceVersion is given", async () => {
    const { metadata } = put();
    put({ changed: "yes" });
    assert.equal(await client.remove(path, metadata), undefined);
    assert.equal(await client.remove(path, { uid: "another" }), undefined);
    assert.notEqual(api.store.get(path), undefined);
    assert.deepEqual(await client.remove(path, { uid: metadata.uid }), { isGone: true });
  });

  test("judges an object again that was changed between read and delete", async () => {
    put({ mark: "ours" });
    let exchanged = false;
    api.intervene = ({ verb }) => {
      if (verb === "delete" && !exchanged) {
        exchanged = true;
        put({ mark: "theirs" });
      }
      return undefined;
    };
    assert.equal(await removeIf(client, path, isMarked), false);
    assert.notEqual(api.store.get(path), undefined);
    exchanged = false;
    put({ mark: "ours" });
    assert.equal(await removeIf(client, path, () => true), true);
  });

  test("GMR117: gives up on an object that changes each time", async () => {
    put({ mark: "ours" });
    api.intervene = ({ verb }) => {
      if (verb === "delete") put({ mark: "ours" });
      return undefined;
    };
    const [problem, ...others] = await problemsIn(removeIf(client, path, isMarked));
    assert.deepEqual([problem?.code, others], ["GMR117", []]);
    const cluster = `--kubeconfig ${api.access.kubeconfig} --context remote`;
    assert.equal(
      problem?.next,
      `run it again; if it happens again, see who writes it: kubectl ${cluster} -n gloo-mesh get secrets token -o 'jsonpath={.metadata.managedFields}'`,
    );
    assert.equal(api.count("delete"), 3);
  });
});

describe("an answer without an end", () => {
  const tooLarge = /^RegistrationError: GMR117 The API server's answer is too large to be read/;
  const metadata = { continue: "again", resourceVersion: "1" };

  test("is not read beyond what the question allows: object, list, output and refusal", async () => {
    api.intervene = () => ({ flood: "x".repeat(65_536) });
    const allowed = () => ({ bytes: 1_000_000, values: 10 });
    await assert.rejects(client.find(`${collection}/a`, { allowed: allowed() }), tooLarge);
    await assert.rejects(client.list(collection, { allowed: allowed() }), tooLarge);
    await assert.rejects(client.readText(`${collection}/a/log`, { allowed: allowed() }), tooLarge);
  });

  test("is recognised by the number of its pages", async () => {
    api.intervene = () => ({ status: 200, body: { metadata, items: [] } });
    await assert.rejects(client.list(collection), tooLarge);
    assert.equal(api.count("list"), 200);
  });

  test("shares its limit among the pages of a list", async () => {
    const items = [{ metadata: { name: "a", annotations: { a: "x".repeat(10_000) } } }];
    api.intervene = () => ({ status: 200, body: { metadata, items } });
    await assert.rejects(client.list(collection, { allowed: { bytes: 45_000, values: 1000 } }), tooLarge);
    assert.equal(api.count("list"), 5);
  });

  test("ends a watch whose line is longer than any object", async () => {
    api.intervene = () => ({ flood: "x".repeat(65_536) });
    const events: unknown[] = [];
    const watching = client.watch(collection, "1", (event) => events.push(event), new AbortController().signal);
    await assert.rejects(watching, tooLarge);
    assert.deepEqual(events, []);
  });
});

describe("an event of a watch that no API server sends", () => {
  for (const line of [
    "null",
    "1",
    "{}",
    '{"type":"ADDED"}',
    '{"type":"ADDED","object":null}',
    '{"type":"X","object":{"metadata":{"name":"a"}}}',
    "[[",
    "\ufffd",
  ]) {
    test(`is no answer of Kubernetes: ${line}`, async () => {
      api.intervene = () => ({ status: 200, body: `${line}\n` });
      const watching = client.watch(collection, "1", () => assert.fail("an event"), new AbortController().signal);
      await assert.rejects(watching, /GMR117 What answers is not a Kubernetes API server/);
    });
  }
});

test("what the receiver of a watch's events throws is its own error, and ends the watch", async () => {
  api.intervene = () => ({ status: 200, body: '{"type":"ADDED","object":{"metadata":{"name":"a"}}}\n' });
  const defect = new TypeError("a defect");
  const receive = () => {
    throw defect;
  };
  const watching = client.watch(collection, "1", receive, new AbortController().signal);
  await assert.rejects(watching, (error) => error === defect);
});
