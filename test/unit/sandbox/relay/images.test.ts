import { strict as assert } from "node:assert";
import { test } from "node:test";
import { imageResolver } from "../../../sandbox/images";
import { ReplicaPorts } from "../../../sandbox/relay";
import { imageTag, imageVersion, parseImage } from "../../../sandbox/relay/images";

const ports = new ReplicaPorts([1]);

test("the tag of an image is told from the port of its registry and from a digest", () => {
  assert.equal(imageTag("gcr.io/gloo-mesh/enterprise-agent:1.0.4"), "1.0.4");
  assert.equal(imageTag("registry.test:5000/enterprise-agent"), "");
  assert.equal(imageTag("registry.test:5000/enterprise-agent:1.1.1@sha256:ab"), "1.1.1");
  assert.deepEqual(parseImage("enterprise-agent@sha256:ab"), {
    name: "enterprise-agent",
    tag: "",
    digest: "sha256:ab",
  });
});

test("the version of an image is its tag without v", () => {
  assert.equal(imageVersion("registry.test:5000/x/enterprise-networking:v1.0.4"), "1.0.4");
  assert.equal(imageVersion("enterprise-networking:vanilla"), "vanilla");
  assert.equal(imageVersion("enterprise-networking@sha256:ab"), "");
});

test("the relay's images can come from any registry, by tag or by digest", () => {
  const images = imageResolver({ certificateDelaySeconds: 0, relay: { ports, hub: {} } });
  for (const image of [
    "gcr.io/gloo-mesh/enterprise-agent:1.0.4",
    "registry.test:5000/x/enterprise-networking:v1.0.4",
    `enterprise-networking@sha256:${"a".repeat(64)}`,
  ]) {
    assert.equal(typeof images(image), "function", image);
  }
  for (const image of ["gcr.io/gloo-mesh/enterprise-agent", "gcr.io/gloo-mesh/other:1.0.4"]) {
    assert.deepEqual(images(image), { waitingReason: "ErrImagePull", message: `${image}: not found` });
  }
});

test("a hub has the server of its own generation, and every cluster the agents of both", () => {
  const hub = { generation: "2.x", server: { clientCertificateSeconds: 60 } } as const;
  const images = imageResolver({ certificateDelaySeconds: 0, relay: { ports, hub } });
  for (const image of [
    "registry.test:5000/mirror/gloo-mesh-mgmt-server:2.14.0-fips",
    "gcr.io/gloo-mesh/gloo-mesh-agent:2.14.0",
    "gcr.io/gloo-mesh/gloo-mesh-analyzer:2.14.0",
    "gcr.io/gloo-mesh/enterprise-agent:1.2.0",
  ]) {
    assert.equal(typeof images(image), "function", image);
  }
  assert.notEqual(typeof images("gcr.io/gloo-mesh/enterprise-networking:1.0.4"), "function");
});

test("only a hub has the image of the relay server, and an image of the test's own goes first", () => {
  const own = () => ({ waitingReason: "ImagePullBackOff", message: "own" }) as const;
  assert.notEqual(typeof imageResolver({ certificateDelaySeconds: 0 })("x/enterprise-networking:1.0.4"), "function");
  assert.deepEqual(imageResolver({ own, certificateDelaySeconds: 0 })("x/enterprise-agent:1.0.4"), own());
});
