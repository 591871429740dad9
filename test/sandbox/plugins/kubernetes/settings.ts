// The provider's own arguments: reading them, and what a change of them means.
import { isDeepStrictEqual } from "node:util";
import type { CheckRequest, CheckResult, Difference, DiffRequest } from "../engine/provider";
import { asString, equal, isMap, revealMap, toPlain, Unknown, type Value, type ValueMap } from "../engine/values";
import { activeCluster, readKubeconfig } from "./kubeconfig";

export interface Settings {
  /** Path or content; undefined means what kubectl would use. May hold credentials. */
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly cluster: string | undefined;
  readonly namespace: string | undefined;
  readonly serverSideApply: boolean;
  readonly secretsMutable: boolean;
  readonly configMapsMutable: boolean;
  readonly upsert: boolean;
  readonly patchForce: boolean;
  readonly deleteUnreachable: boolean;
  readonly skipUpdateUnreachable: boolean;
}

/** Reads the settings of a configured provider; an environment variable stands in for a flag that was not given. */
export function readSettings(variables: ReadonlyMap<string, string>): Settings {
  const text = (name: string) => variables.get(`kubernetes:config:${name}`) || undefined;
  const flag = (name: string, variable: string, otherwise = false) => {
    const value = variables.get(`kubernetes:config:${name}`) ?? process.env[variable];
    return value === undefined ? otherwise : value === "true";
  };
  if (text("renderYamlToDirectory")) throw new Error("renderYamlToDirectory is not implemented by the stand-in plugin");
  return {
    kubeconfig: text("kubeconfig"),
    context: text("context"),
    cluster: text("cluster"),
    namespace: text("namespace"),
    serverSideApply: flag("enableServerSideApply", "PULUMI_K8S_ENABLE_SERVER_SIDE_APPLY", true),
    secretsMutable: flag("enableSecretMutable", "PULUMI_K8S_ENABLE_SECRET_MUTABLE"),
    configMapsMutable: flag("enableConfigMapMutable", "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE"),
    upsert: flag("upsertExistingObjects", "PULUMI_K8S_UPSERT_EXISTING_OBJECTS"),
    patchForce: flag("enablePatchForce", "PULUMI_K8S_ENABLE_PATCH_FORCE"),
    deleteUnreachable: flag("deleteUnreachable", "PULUMI_K8S_DELETE_UNREACHABLE"),
    skipUpdateUnreachable: flag("skipUpdateUnreachable", "PULUMI_K8S_SKIP_UPDATE_UNREACHABLE"),
  };
}

/** Accepts the arguments as they are; mistakes in them show at the first operation that needs the cluster. */
export function checkSettings(request: CheckRequest): CheckResult {
  return { inputs: request.news };
}

/**
 * Tells which changes of the arguments mean another cluster, and so new resources. A `clusterIdentifier` settles it: only
 * its own change does. Without one, an argument that is not known yet does, and a change of the active cluster's entry.
 */
export function diffSettings(request: DiffRequest): Difference {
  const olds = revealMap(request.olds);
  const news = revealMap(request.news);
  const changed = [...new Set([...Object.keys(olds), ...Object.keys(news)])].filter(
    (key) => !equal(olds[key], news[key]),
  );
  if (changed.length === 0) return { changed: false, replaces: [] };

  const identifier = news["clusterIdentifier"];
  const identified = identifier !== undefined && equal(olds["clusterIdentifier"], identifier);
  const reidentified =
    identifier !== undefined && olds["clusterIdentifier"] !== undefined && changed.includes("clusterIdentifier");
  const replaces = reidentified ? ["clusterIdentifier"] : [];

  const computed = ["kubeconfig", "context", "cluster"].find((key) => news[key] instanceof Unknown);
  if (computed) {
    return { changed: true, diffs: [computed], replaces: identified ? [] : [...replaces, computed] };
  }
  const before = clusterEntry(olds);
  const after = clusterEntry(news);
  if (before && after && !isDeepStrictEqual(before, after)) {
    replaces.push(...["kubeconfig", "context", "cluster"].filter((key) => changed.includes(key)));
  }
  return { changed: true, diffs: changed, replaces: identified ? [] : replaces };
}

function clusterEntry(settings: ValueMap): object | undefined {
  const kubeconfig = kubeconfigText(settings["kubeconfig"]);
  if (!kubeconfig) return undefined;
  return activeCluster(readKubeconfig(kubeconfig), {
    context: asString(settings["context"]),
    cluster: asString(settings["cluster"]),
  });
}

function kubeconfigText(value: Value | undefined): string | undefined {
  return value !== undefined && isMap(value) ? JSON.stringify(toPlain(value)) : asString(value);
}
