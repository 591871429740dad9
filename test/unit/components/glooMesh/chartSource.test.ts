import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { chartSource, credentialsIn } from "../../../../components/glooMesh/chartSource";

// Where the chart comes from, by the two arguments alone.

const vendors = "https://storage.googleapis.com/gloo-mesh-enterprise/enterprise-agent";

describe("the chart is taken", () => {
  for (const [what, repository, chart, expected] of [
    [
      "by name from a repository",
      vendors,
      "enterprise-agent",
      { chart: "enterprise-agent", repo: vendors, isLocal: false },
    ],
    [
      "from a repository with a slash at its end",
      "http://charts/",
      "a",
      { chart: "a", repo: "http://charts/", isLocal: false },
    ],
    [
      "from a registry",
      "oci://ghcr.io/org/charts",
      "agent",
      { chart: "oci://ghcr.io/org/charts/agent", isLocal: false },
    ],
    [
      "from a registry with slashes at its end",
      "oci://r:5000/x//",
      "agent",
      { chart: "oci://r:5000/x/agent", isLocal: false },
    ],
    ["from a registry in capitals", "OCI://r/x", "agent", { chart: "oci://r/x/agent", isLocal: false }],
    ["by its own reference", vendors, "oci://r/x/agent", { chart: "oci://r/x/agent", isLocal: false }],
    ["by its own reference in capitals", "oci://r/y", "OCI://r/x/agent", { chart: "oci://r/x/agent", isLocal: false }],
    ["by its own URL", vendors, "https://r/agent-1.0.4.tgz", { chart: "https://r/agent-1.0.4.tgz", isLocal: false }],
    ["as a folder", vendors, "./charts/enterprise-agent", { chart: "./charts/enterprise-agent", isLocal: true }],
    ["as a folder without a dot", vendors, "charts/agent", { chart: "charts/agent", isLocal: true }],
    ["as an absolute folder", vendors, "/srv/charts/agent", { chart: "/srv/charts/agent", isLocal: true }],
    ["as this folder", vendors, ".", { chart: ".", isLocal: true }],
    ["as a folder on Windows", vendors, "C:\\charts\\agent", { chart: "C:\\charts\\agent", isLocal: true }],
    ["as an archive", vendors, "enterprise-agent-1.0.4.tgz", { chart: "enterprise-agent-1.0.4.tgz", isLocal: true }],
    ["as an archive beside a registry", "oci://r/x", "../a.tar.gz", { chart: "../a.tar.gz", isLocal: true }],
  ] as const) {
    test(what, () => assert.deepEqual(chartSource({ repository, chart }), expected));
  }
});

describe("a URL", () => {
  for (const url of [
    "https://user:secret@charts.example/x",
    "https://user@charts.example",
    "https://:secret@charts.example",
    "HTTPS://user:secret@charts.example",
    " https://user:secret@charts.example",
    "oci://user:secret@ghcr.io/org",
    "oci://token@ghcr.io/org",
    "https://user:se%40cret@charts.example",
    "https://user:se@cret@charts.example",
    "https://user:se/cret@charts.example",
    "oci://user:se/cret@ghcr.io/org",
    "//user:secret@charts.example",
    "user:secret@charts.example/x",
  ]) {
    test(`has credentials: ${url}`, () => assert.equal(credentialsIn(url), "a user or password"));
  }

  for (const url of ["https://charts.example/x?token=secret", "https://charts.example/a.tgz?sig=secret#x"]) {
    test(`has a query: ${url}`, () => assert.equal(credentialsIn(url), "a query"));
  }

  for (const url of [
    vendors,
    "http://127.0.0.1:8080/",
    "https://[::1]:8080/charts",
    "oci://ghcr.io/org/agent@sha256:0123",
    "oci://ghcr.io:443/org/agent:1.0.4",
    "https://charts.example/@scope/x",
    "enterprise-agent",
    "./charts/a@b",
    "charts@2/agent",
    "C:\\charts\\a@b",
    "agent@1.tgz",
    "gloo/enterprise-agent",
  ]) {
    test(`or a path has none: ${url}`, () => assert.equal(credentialsIn(url), undefined));
  }
});
