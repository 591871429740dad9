import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseSamples } from "../../../../components/base/prometheus";
import { countOf } from "../../../../components/glooMesh/connectedAgents";

const values = (text: string) => parseSamples(text, "m").map(({ labels, value }) => ({ labels: { ...labels }, value }));

describe("Prometheus' text format", () => {
  test("is read with labels in any order, escapes, spaces, timestamps and exemplars", () => {
    const text = [
      "# HELP m about m",
      "# TYPE m gauge",
      'm{a="1",cluster="x"} 1',
      'm { cluster = "x\\"}\\\\\\n" , } 2e+00 1395066363000',
      'm{} 3 # {trace="t"} 0.5',
      "m 4",
      "m\t+Inf",
      "\r",
    ].join("\n");
    assert.deepEqual(values(text), [
      { labels: { a: "1", cluster: "x" }, value: 1 },
      { labels: { cluster: 'x"}\\\n' }, value: 2 },
      { labels: {}, value: 3 },
      { labels: {}, value: 4 },
      { labels: {}, value: Number.POSITIVE_INFINITY },
    ]);
  });

  test("passes over other metrics and what is no sample", () => {
    for (const line of ['mm{cluster="x"} 1', "m_total 1", 'm{cluster="x" 1', "m", "m{} NaN", "m{} one", "<html>m 1"]) {
      assert.deepEqual(values(line), [], line);
    }
  });
});

describe("the count of one cluster", () => {
  const gauge = (labels: string, value: string) => `relay_push_clients_connected{${labels}} ${value}`;

  test("adds up its series", () => {
    const text = [gauge('cluster="x",pod="a"', "0"), gauge('pod="b",cluster="x"', "1")].join("\n");
    assert.equal(countOf({ text }, "x").connected, true);
    assert.equal(countOf({ text }, "y").connected, false);
  });

  test("names at most ten others", () => {
    const text = Array.from({ length: 12 }, (_, index) => gauge(`cluster="c${10 + index}"`, "1")).join("\n");
    assert.match(countOf({ text }, "x").words, /does not know x; it counts c10, .*, c19 and 2 more$/);
  });
});
