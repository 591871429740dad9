import type * as k8s from "@kubernetes/client-node";

/** Facts of a pod that `fieldRef` may name but that its object does not contain yet when a container starts. */
export interface PodFacts {
  readonly podIp: string;
  readonly hostIp: string;
  readonly nodeName: string;
}

/** Reads the decoded values of a Secret or ConfigMap; undefined when the object does not exist. */
export type KeyReader = (
  kind: "Secret" | "ConfigMap",
  namespace: string,
  name: string,
) => Promise<Readonly<Record<string, string>> | undefined>;

/** A container cannot be made from its spec; the message is the one that the kubelet gives. */
export class ContainerConfigError extends Error {
  override readonly name = "ContainerConfigError";
}

/**
 * The environment of a container: literal values with `$(VAR)` expanded, and `valueFrom` resolved.
 * @throws ContainerConfigError when a Secret, ConfigMap or key is missing and not optional, or a source is not supported here.
 */
export async function containerEnvironment(
  pod: k8s.V1Pod,
  container: k8s.V1Container,
  facts: PodFacts,
  readKeys: KeyReader,
): Promise<Record<string, string>> {
  const namespace = pod.metadata?.namespace ?? "default";
  if ((container.envFrom ?? []).length > 0) {
    throw new ContainerConfigError("envFrom is not supported in this sandbox");
  }
  const environment: Record<string, string> = {};
  for (const variable of container.env ?? []) {
    const value =
      variable.valueFrom === undefined
        ? expandVariables(variable.value ?? "", environment)
        : await referencedValue(variable.valueFrom, pod, namespace, facts, readKeys);
    if (value !== undefined) {
      environment[variable.name] = value;
    }
  }
  return environment;
}

/** `command` and `args` of a container, joined, with `$(VAR)` expanded. */
export function containerArguments(
  container: k8s.V1Container,
  environment: Readonly<Record<string, string>>,
): string[] {
  return [...(container.command ?? []), ...(container.args ?? [])].map((word) => expandVariables(word, environment));
}

/** Replaces `$(VAR)`. As Kubernetes does it, an unknown variable stays as written and `$$` stands for a plain `$`. */
export function expandVariables(text: string, environment: Readonly<Record<string, string>>): string {
  return text.replace(/\$\$|\$\(([^()]*)\)/g, (match, name: string | undefined) => {
    if (name === undefined) {
      return "$";
    }
    return Object.hasOwn(environment, name) ? (environment[name] ?? "") : match;
  });
}

async function referencedValue(
  source: k8s.V1EnvVarSource,
  pod: k8s.V1Pod,
  namespace: string,
  facts: PodFacts,
  readKeys: KeyReader,
): Promise<string | undefined> {
  if (source.fieldRef !== undefined) {
    return fieldValue(source.fieldRef.fieldPath, pod, facts);
  }
  if (source.secretKeyRef !== undefined) {
    return keyValue("Secret", source.secretKeyRef, namespace, readKeys);
  }
  if (source.configMapKeyRef !== undefined) {
    return keyValue("ConfigMap", source.configMapKeyRef, namespace, readKeys);
  }
  throw new ContainerConfigError(`valueFrom ${Object.keys(source).join(", ")} is not supported in this sandbox`);
}

async function keyValue(
  kind: "Secret" | "ConfigMap",
  reference: k8s.V1SecretKeySelector | k8s.V1ConfigMapKeySelector,
  namespace: string,
  readKeys: KeyReader,
): Promise<string | undefined> {
  const name = reference.name ?? "";
  const keys = await readKeys(kind, namespace, name);
  const value = keys !== undefined && Object.hasOwn(keys, reference.key) ? keys[reference.key] : undefined;
  if (value !== undefined || reference.optional === true) {
    return value;
  }
  throw new ContainerConfigError(
    keys === undefined
      ? `${kind.toLowerCase()} "${name}" not found`
      : `couldn't find key ${reference.key} in ${kind} ${namespace}/${name}`,
  );
}

function fieldValue(fieldPath: string, pod: k8s.V1Pod, facts: PodFacts): string {
  const metadata = pod.metadata ?? {};
  const subscript = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(fieldPath);
  if (subscript !== null) {
    const map = subscript[1] === "labels" ? metadata.labels : metadata.annotations;
    return map?.[subscript[2] ?? ""] ?? "";
  }
  switch (fieldPath) {
    case "metadata.name":
      return metadata.name ?? "";
    case "metadata.namespace":
      return metadata.namespace ?? "";
    case "metadata.uid":
      return metadata.uid ?? "";
    case "spec.nodeName":
      return facts.nodeName;
    case "spec.serviceAccountName":
      return pod.spec?.serviceAccountName ?? "default";
    case "status.podIP":
    case "status.podIPs":
      return facts.podIp;
    case "status.hostIP":
    case "status.hostIPs":
      return facts.hostIp;
    default:
      throw new ContainerConfigError(`fieldRef ${fieldPath} is not supported in this sandbox`);
  }
}
