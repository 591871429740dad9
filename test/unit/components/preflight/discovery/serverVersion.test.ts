import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import fc from "fast-check";
import { type Problem, problemsOf } from "../../../../../components/base/problems";
import { defaultGeneration as generation } from "../../../../../components/glooMesh/generation";
import { KubernetesClient } from "../../../../../components/kubernetes/client";
import {
  imageVersion,
  readServerDeployment,
  serverVersionOf,
} from "../../../../../components/preflight/discovery/serverVersion";
import { FakeKubeApi, status } from "../../../../support/fakeKubeApi";

const digest = `sha256:${"0f".repeat(32)}`;

describe("the version in an image", () => {
  const images: readonly (readonly [image: string, version: string | undefined])[] = [
    ["gcr.io/gloo-mesh/enterprise-networking:1.0.4", "1.0.4"],
    ["gcr.io/gloo-mesh/enterprise-networking:v1.0.4", "1.0.4"],
    ["gcr.io/gloo-mesh/enterprise-networking:1.1.0-beta20", "1.1.0-beta20"],
    ["gcr.io/gloo-mesh/enterprise-networking:1.2.0-rc.1", "1.2.0-rc.1"],
    ["enterprise-networking:1.0.4-fips", "1.0.4"],
    ["enterprise-networking:1.0.4-amd64", "1.0.4"],
    ["enterprise-networking:v1.0.4-arm64", "1.0.4"],
    ["enterprise-networking:1.0.4-arm64v8", "1.0.4"],
    ["enterprise-networking:1.0.4-linux-amd64", "1.0.4"],
    ["enterprise-networking:1.0.4-fips-amd64", "1.0.4"],
    ["enterprise-networking:1.0.4-FIPS", "1.0.4"],
    ["enterprise-networking:1.0.4-fips_140_2", "1.0.4"],
    ["enterprise-networking:1.0.4_fips", "1.0.4"],
    ["enterprise-networking:1.0.4-ubi8", "1.0.4"],
    ["enterprise-networking:1.0.4-ubi8-minimal", "1.0.4"],
    ["enterprise-networking:1.0.4-distroless", "1.0.4"],
    ["enterprise-networking:1.0.4-alpine3.18", "1.0.4"],
    ["enterprise-networking:1.0.4-debug", "1.0.4"],
    ["enterprise-networking:1.0.4-s390x", "1.0.4"],
    ["enterprise-networking:1.1.0-beta20-fips", "1.1.0-beta20"],
    ["enterprise-networking:1.2.0-rc.1-linux-x86_64", "1.2.0-rc.1"],
    ["enterprise-networking:1.0.4-acme1", "1.0.4"],
    ["enterprise-networking:1.0.4-riscv64", "1.0.4"],
    ["enterprise-networking:1.0.4-bookworm", "1.0.4"],
    ["enterprise-networking:1.0.4-windows-ltsc2022", "1.0.4"],
    ["enterprise-networking:1.0.4-r0", "1.0.4"],
    ["enterprise-networking:1.0.4-20260101", "1.0.4-20260101"],
    ["enterprise-networking:1.1.0-dev-ubi8", "1.1.0-dev"],
    ["enterprise-networking:1.0.4.5", undefined],
    ["enterprise-networking:1.0.4x", undefined],
    ["enterprise-networking:1.0.13", "1.0.13"],
    ["localhost:5000/enterprise-networking:1.0.4", "1.0.4"],
    ["registry.example.com:5000/gloo-mesh/enterprise-networking:v1.0.4", "1.0.4"],
    ["[2001:db8::1]:5000/gloo-mesh/enterprise-networking:1.0.4", "1.0.4"],
    ["registry.example.com:5000/gloo-mesh/enterprise-networking", undefined],
    ["localhost:5000/enterprise-networking", undefined],
    [`gcr.io/gloo-mesh/enterprise-networking:1.0.4@${digest}`, "1.0.4"],
    [`registry:5000/enterprise-networking:v1.0.4@${digest}`, "1.0.4"],
    [`gcr.io/gloo-mesh/enterprise-networking@${digest}`, undefined],
    [`registry:5000/enterprise-networking@${digest}`, undefined],
    ["123456789012.dkr.ecr.eu-west-1.amazonaws.com/gloo/enterprise-networking:1.0.4", "1.0.4"],
    ["gcr.io/gloo-mesh/enterprise-networking:latest", undefined],
    ["gcr.io/gloo-mesh/enterprise-networking:1.0", undefined],
    ["gcr.io/gloo-mesh/enterprise-networking:1", undefined],
    ["gcr.io/gloo-mesh/enterprise-networking:main-3f2a1b0", undefined],
    ["gcr.io/gloo-mesh/enterprise-networking:1.0.4.5", undefined],
    ["gcr.io/gloo-mesh/enterprise-networking:version-1.0.4", undefined],
    ["gcr.io/gloo-mesh/enterprise-networking:", undefined],
    ["gcr.io/gloo-mesh/enterprise-networking", undefined],
    ["enterprise-networking", undefined],
    ["1.0.4", undefined],
    ["", undefined],
  ];
  for (const [image, version] of images) {
    test(`${image || "(none)"} is ${version ?? "none"}`, () => assert.equal(imageVersion(image), version));
  }

  test("is the tag's, whatever registry, path and digest are around it", () => {
    const version = fc.tuple(fc.nat(99), fc.nat(99), fc.nat(99)).map((numbers) => numbers.join("."));
    const registry = fc.constantFrom("", "gcr.io/", "localhost:5000/", "[::1]:443/a/", "r.example:1.0.4/");
    const end = fc.constantFrom("", `@${digest}`);
    fc.assert(
      fc.property(registry, fc.boolean(), version, end, (before, v, number, after) => {
        assert.equal(imageVersion(`${before}gloo/image:${v ? "v" : ""}${number}${after}`), number);
        assert.equal(imageVersion(`${before}gloo/image${after}`), undefined);
      }),
    );
  });

  test("is looked for in any text without an error", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."a1.:/@v-[]") }), (image) => {
        const found = imageVersion(image);
        if (found !== undefined) assert.match(found, /^\d+\.\d+\.\d+/);
      }),
    );
  });
});

describe("the relay server's version", { concurrency: false }, () => {
  const namespace = "gloo-mesh";
  const path = "/apis/apps/v1/namespaces/gloo-mesh/deployments/enterprise-networking";
  let api: FakeKubeApi;
  let client: KubernetesClient;

  before(async () => {
    api = await FakeKubeApi.start("hub");
    client = await KubernetesClient.open(api.access);
  });
  after(() => api.stop());
  beforeEach(() => {
    api.intervene = () => undefined;
    api.store.remove(path);
  });

  function putDeployment(at: string, ...containers: readonly object[]): void {
    api.store.put(at, { kind: "Deployment", spec: { template: { spec: { containers } } } });
  }
  const container = (tag: string, name = "enterprise-networking") => ({
    name,
    image: `gcr.io/gloo-mesh/${name}${tag}`,
  });
  const find = async () =>
    serverVersionOf(await readServerDeployment(client, namespace, generation), client, namespace, generation);

  async function problemOf(): Promise<Problem> {
    const error = await find().then(
      ({ value }) => assert.fail(`found ${value}`),
      (thrown: unknown) => thrown,
    );
    assert.equal(problemsOf(error)?.length, 1);
    return problemsOf(error)?.[0] as Problem;
  }

  test("is the tag of its image, and it is told where that stands", async () => {
    putDeployment(path, container(":v1.0.13"));
    const source = "image of Deployment gloo-mesh/enterprise-networking";
    assert.deepEqual(await find(), { value: "1.0.13", source });
  });

  test("is that of the container of its name, not of a sidecar before it", async () => {
    putDeployment(path, { name: "istio-proxy", image: "istio/proxyv2:1.9.1" }, container(":1.0.4"));
    assert.equal((await find()).value, "1.0.4");
  });

  test("is never that of the community edition's networking", async () => {
    const community = "/apis/apps/v1/namespaces/gloo-mesh/deployments/networking";
    putDeployment(community, container(":1.0.9", "networking"));
    const { code, what } = await problemOf();
    assert.equal(code, "GMR224");
    assert.match(what, /Deployment is missing/);
    api.store.remove(community);
  });

  const unusable: readonly (readonly [string, string, RegExp])[] = [
    ["an image pinned by its digest alone", `@${digest}`, /pinned by its digest alone/],
    ["the tag latest", ":latest", /the tag "latest"/],
    ["a tag that is no version", ":1.0", /the tag "1.0"/],
    ["no tag", "", /has no tag/],
  ];
  for (const [what, tag, cause] of unusable) {
    test(`is not guessed from ${what}`, async () => {
      putDeployment(path, container(tag));
      const problem = await problemOf();
      assert.equal(problem.code, "GMR224");
      assert.match(problem.cause ?? "", cause);
      assert.match(problem.next, /agent\.version/);
    });
  }

  test("is not taken from another container", async () => {
    putDeployment(path, container(":1.0.4", "networking"));
    const { code, cause } = await problemOf();
    assert.equal(code, "GMR224");
    assert.equal(cause, "it has: networking");
  });

  test("without the right to read it names the right, and the way without it", async () => {
    api.intervene = (request) => (request.path === path ? status(403, "Forbidden") : undefined);
    const { code, next } = await problemOf();
    assert.equal(code, "GMR116");
    assert.match(next, /Deployments in gloo-mesh, or give \[agent\.version\]/);
  });
});
