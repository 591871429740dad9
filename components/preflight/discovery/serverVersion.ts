import { RegistrationError } from "../../base/problems";
import { parseVersion } from "../../base/version";
import type { Generation } from "../../glooMesh/generation";
import type { KubernetesClient } from "../../kubernetes/client";
import { helm, kubectl } from "../../kubernetes/commands";
import { paths } from "../../kubernetes/objects";
import type { Deployment } from "../../kubernetes/workloads";
import { type Found, readToDiscover } from "./found";

/** Reads the relay server's Deployment; undefined if there is none. Throws GMR116 with the words for a discovery of the agent's version. */
export function readServerDeployment(
  client: KubernetesClient,
  namespace: string,
  { relayServer }: Generation,
): Promise<Deployment | undefined> {
  const read = client.find<Deployment>(paths.deployment(namespace, relayServer.name));
  return readToDiscover(read, `the right to get Deployments in ${namespace}`, "agent.version");
}

/**
 * The relay server's version, which the agent should have too, from the tag of its image. Only the Deployment and the container named
 * after the relay server count: the community edition's `networking` beside it has other versions.
 *
 * Throws GMR224 (no Deployment, or an image that names no version).
 */
export function serverVersionOf(
  deployment: Deployment | undefined,
  client: Pick<KubernetesClient, "access" | "where">,
  namespace: string,
  generation: Generation,
): Found {
  const { name } = generation.relayServer;
  const place = `Deployment ${namespace}/${name}`;
  const refuse = (what: string, cause: string, next: string) =>
    new RegistrationError({
      code: "GMR224",
      what: `The agent's version cannot be discovered: ${what}`,
      where: `${client.where}, ${place}`,
      cause,
      next,
    });

  if (!deployment) {
    throw refuse(
      "the relay server's Deployment is missing",
      "Gloo Mesh Enterprise is not installed there, or [managementNamespace] names another namespace",
      `give [agent.version], or find the Deployment with: ${kubectl(client.access, undefined, "get", "deployments", "-A", "--field-selector", `metadata.name=${name}`)}`,
    );
  }
  const containers = deployment.spec?.template?.spec?.containers ?? [];
  const image = containers.find((container) => container.name === name)?.image;
  if (!image) {
    throw refuse(
      `the relay server's Deployment has no container ${name}`,
      `it has: ${containers.map((container) => container.name).join(", ") || "none"}`,
      "give [agent.version]",
    );
  }
  const value = imageVersion(image);
  if (value === undefined) {
    throw refuse(
      "the relay server's image names no version",
      imageFault(image),
      `give [agent.version]; list the management cluster's with: ${helm(client.access, undefined, "list", "-A")}`,
    );
  }
  return { value, source: `image of ${place}` };
}

/** The version of an agent that someone else installs, from the image of its container; empty where there is none, or it names no version. */
export function providedVersionOf(deployments: readonly Deployment[], { agentName }: Generation): Found {
  const containers = deployments.flatMap(({ spec }) => spec?.template?.spec?.containers ?? []);
  const image = containers.find(({ name }) => name === agentName)?.image;
  return { value: (image && imageVersion(image)) ?? "", source: "image of the provided agent" };
}

/**
 * The version in the tag of an image, without its `v` and without the variant of the build (`-fips`, `-amd64`), which chart versions do not have;
 * undefined if the tag is no version (a digest alone, `latest`, `1.0`).
 */
export function imageVersion(image: string): string | undefined {
  return tagVersion(partsOf(image).tag ?? "");
}

/** The same for a tag alone. */
export function tagVersion(tag: string): string | undefined {
  const [, numbers = "", suffix = ""] = /^v?(\d+\.\d+\.\d+)((?:[-_+]|\.(?!\d)).*)?$/.exec(tag) ?? [];
  const version = preRelease.test(suffix) ? `${numbers}${suffix.replace(variants, "")}` : numbers;
  return parseVersion(version) ? version : undefined;
}

/** What makes a tag another version than its numbers. Any other suffix is a variant of the build. */
const preRelease = /^-(?:alpha|beta|rc|dev|pre|preview|snapshot|nightly|main|patch|\d)/i;

/** Variants of one build behind a pre-release: certified, for a platform, on another base image, with other tools. */
const variants =
  /(?:[-_.](?:fips(?:[-_]?140[-_]?[23])?|boringcrypto|linux|windows|darwin|amd64|x86[-_]?64|arm64(?:[-_]?v8)?|arm(?:v?[67])?|aarch64|ppc64le|s390x|multi-?arch|ubi(?:\d+)?(?:-(?:minimal|micro))?|rhel\d*|alpine[\d.]*|debian\d*|ubuntu[\d.]*|distroless|scratch|wolfi|chainguard|slim|debug|race|nonroot|solo|airgap|hardened))+$/i;

/** `registry:port/path/name:tag@digest`; a colon before the last slash precedes a port, not a tag. */
function partsOf(image: string): { tag?: string | undefined; digest?: string | undefined } {
  return /^(?:[^@]*\/)?[^/:@]*(?::(?<tag>[^/@]*))?(?:@(?<digest>[^@]*))?/.exec(image)?.groups ?? {};
}

function imageFault(image: string): string {
  const { tag, digest } = partsOf(image);
  if (tag !== undefined) return `the tag "${tag}" of ${image} is not a version of three numbers`;
  return digest === undefined ? `${image} has no tag` : `${image} is pinned by its digest alone`;
}
