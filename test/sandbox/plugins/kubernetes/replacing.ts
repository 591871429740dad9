// Which fields of which kinds cannot be changed in an existing object.
import type { ValueMap } from "../engine/values";
import type { Path } from "./compare";

const selector = [["spec", "selector"]];
const byKind: Readonly<Record<string, readonly (readonly string[])[]>> = {
  "apps/v1/Deployment": selector,
  "apps/v1/DaemonSet": selector,
  "apps/v1/StatefulSet": [
    ...selector,
    ["spec", "podManagementPolicy"],
    ["spec", "revisionHistoryLimit"],
    ["spec", "serviceName"],
    ["spec", "volumeClaimTemplates"],
  ],
  "batch/v1/Job": [...selector, ["spec", "completions"], ["spec", "parallelism"], ["spec", "template"]],
  "policy/v1beta1/PodDisruptionBudget": [["spec"]],
  "rbac.authorization.k8s.io/v1/ClusterRoleBinding": [["roleRef"]],
  "rbac.authorization.k8s.io/v1/RoleBinding": [["roleRef"]],
  "storage.k8s.io/v1/StorageClass": [["parameters"], ["provisioner"]],
  "v1/PersistentVolumeClaim": [
    ...selector,
    ["spec", "accessModes"],
    ["spec", "storageClassName"],
    ["spec", "volumeName"],
  ],
  "v1/Pod": [["spec"]],
  "v1/ResourceQuota": [["spec", "scopes"]],
  "v1/Service": [["spec", "clusterIP"]],
};

/** Whether Secrets and ConfigMaps may change in place; both are settings of the provider. */
export interface Mutability {
  readonly secrets: boolean;
  readonly configMaps: boolean;
}

/** Tells for a given object whether a change at some place needs a new object. */
export function replacingFields(object: ValueMap, mutable: Mutability): (path: Path) => boolean {
  const fields = [
    ["metadata", "name"],
    ["metadata", "namespace"],
    ["apiVersion"],
    ["kind"],
    ...fieldsOf(object, mutable),
  ];
  return (path) =>
    fields.some((field) => {
      const shared = Math.min(field.length, path.length);
      // A change of a whole parent (spec appears or goes) reaches the field as well.
      return field.slice(0, shared).every((part, index) => part === path[index]) && path[0] !== undefined;
    });
}

function fieldsOf(object: ValueMap, mutable: Mutability): readonly (readonly string[])[] {
  const type = `${object["apiVersion"]}/${object["kind"]}`;
  const immutable = object["immutable"] === true;
  if (type === "v1/Secret") {
    return mutable.secrets && !immutable ? [["type"]] : [["type"], ["data"], ["stringData"]];
  }
  if (type === "v1/ConfigMap") return mutable.configMaps && !immutable ? [] : [["data"], ["binaryData"]];
  return byKind[type] ?? [];
}
