import { isMap } from "../../../components/base/json";
import { maskCredentials, maskQuotation } from "../../../components/base/mask";

export type HiddenPath = readonly (string | number)[];

/** Stands for a value that may be a secret, which the doctor never prints. */
export class HiddenValue {
  constructor(
    readonly path: HiddenPath,
    readonly kind: "string" | "number" | "map",
  ) {}
}

/** Puts a {@link HiddenValue} in the place of each value that its name, a name around it, or its form gives away as a secret. */
export function hideSecrets(value: unknown, path: HiddenPath = [], names: readonly string[] = []): unknown {
  if (typeof value === "string" || typeof value === "number") {
    return isSecret(String(value), path, names) ? new HiddenValue(path, typeof value as "string" | "number") : value;
  }
  if (Array.isArray(value)) return value.map((one, index) => hideSecrets(one, [...path, index], names));
  if (!isMap(value)) return value;
  // A key that looks like a secret cannot be printed either.
  if (Object.keys(value).some((key) => maskCredentials(key) !== key)) return new HiddenValue(path, "map");
  const { name } = value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => {
      // The form of environment variables in a list.
      const own = key === "value" && typeof name === "string" ? [key, name] : [key];
      return [key, hideSecrets(one, [...path, key], [...names, ...own])];
    }),
  );
}

/** All hidden values in the order of their paths. */
export function hiddenIn(value: unknown): readonly HiddenValue[] {
  if (value instanceof HiddenValue) return [value];
  if (Array.isArray(value)) return value.flatMap(hiddenIn);
  return isMap(value) ? Object.values(value).flatMap(hiddenIn) : [];
}

/** These hold names of objects and of their keys, whatever the variable is called. */
const references = new Set<string | number>(["secretKeyRef", "configMapKeyRef", "fieldRef"]);

function isSecret(text: string, path: HiddenPath, names: readonly string[]): boolean {
  if (text === "") return false;
  if (maskQuotation(text) !== text) return true;
  if (path.some((part) => references.has(part))) return false;
  return names.some((name) => {
    const named = `${name}: ${JSON.stringify(text)}`;
    return maskCredentials(named) !== named;
  });
}
