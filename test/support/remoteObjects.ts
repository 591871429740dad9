import { gunzipSync, gzipSync } from "node:zlib";
import type { Secret } from "../../components/kubernetes/objects";

/** What a revision of a Helm release is to look like. */
export interface RevisionOptions {
  /** Of the release. Default: the agent's of 1.x. */
  readonly name?: string;
  readonly status: string;
  readonly revision?: number;
  /** The registration in the values; undefined for a release that others installed. */
  readonly mark?: string | undefined;
  readonly recorded?: boolean;
  /** Further values that were given to Helm. */
  readonly values?: Readonly<Record<string, unknown>>;
  /** Default: a release that does not tell. */
  readonly chartVersion?: string;
  /** Default: the release's name. */
  readonly chartName?: string;
  /** The chart's default values. Default: none. */
  readonly chartValues?: Readonly<Record<string, unknown>>;
  /** Default: now. */
  readonly created?: Date;
  /** The objects that Helm applied, YAML. */
  readonly manifest?: string;
  /** Default: what the registration gives to Helm, or for a release that others installed another one. */
  readonly description?: string;
}

export const releaseName = "enterprise-agent";

export const revisionName = (revision: number, name = releaseName) => `sh.helm.release.v1.${name}.v${revision}`;

/** The Secret in which Helm 3 keeps a revision: JSON, gzip, base64, and base64 once more as data. */
export function helmRevision(options: RevisionOptions): object {
  const { chartName = options.name ?? releaseName, chartValues } = options;
  const { name = releaseName, status, revision = 1, mark, recorded, values, chartVersion, created } = options;
  const { manifest = "---", description = mark === undefined ? "by Helm" : "relay agent" } = options;
  const global = { ...(values?.["global"] as object | undefined), glooMeshRelayRegistration: mark };
  const config = mark === undefined ? { image: "x", ...values } : { ...values, global };
  const release = {
    name,
    version: revision,
    info: { status, description },
    config,
    ...(chartVersion === undefined
      ? {}
      : { chart: { metadata: { name: chartName, version: chartVersion }, values: chartValues } }),
    manifest,
  };
  const packed = gzipSync(JSON.stringify(release)).toString("base64");
  return {
    apiVersion: "v1",
    kind: "Secret",
    type: "helm.sh/release.v1",
    metadata: {
      name: revisionName(revision, name),
      ...(created ? { creationTimestamp: created.toISOString() } : {}),
      labels: {
        owner: "helm",
        name,
        status,
        version: String(revision),
        ...(recorded ? { "gloo-mesh-relay-registration/recorded": "true" } : {}),
      },
    },
    data: { release: Buffer.from(packed).toString("base64") },
  };
}

/** The manifest of a chart with these objects, each as its apiVersion, kind and name. */
export function manifestOf(...objects: readonly (readonly [apiVersion: string, kind: string, name: string])[]): string {
  return objects
    .map(
      ([apiVersion, kind, name]) =>
        `---\n# Source: chart\napiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: ${name}\n`,
    )
    .join("");
}

/** What Helm would read out of such a Secret. */
export function releaseIn(secret: Secret): { info: { status: string; description: string }; [key: string]: unknown } {
  const packed = Buffer.from(secret.data?.["release"] ?? "", "base64").toString("ascii");
  return JSON.parse(gunzipSync(Buffer.from(packed, "base64")).toString("utf8"));
}

/** The agent's Deployment with all of its pods, or none of them. */
export function agentDeployment(available: boolean): object {
  const replicas = available ? 1 : 0;
  return {
    kind: "Deployment",
    metadata: { name: releaseName, generation: 1 },
    spec: { replicas: 1 },
    status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: replicas },
  };
}
