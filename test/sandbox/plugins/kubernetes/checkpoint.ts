// The shape in which an object lies in state: its live fields, and beside them the inputs that produced it. The key names
// are the official plugin's, so that the two can take over from each other.
import {
  asString,
  hasSecret,
  isMap,
  type PlainMap,
  revealMap,
  Secret,
  type Value,
  type ValueMap,
} from "../engine/values";

const inputsKey = "__inputs";
const managerKey = "__fieldManager";
const versionKey = "__initialApiVersion";

/** What state knows about an object, without its secret wrappers. */
export interface Checkpoint {
  readonly inputs: ValueMap;
  readonly live: ValueMap;
  /** Name under which this resource applies its fields. */
  readonly manager: string | undefined;
  readonly initialApiVersion: string | undefined;
}

/**
 * Builds the outputs of an object.
 * @param secretsFrom inputs as the engine sent them: what is secret there is secret in the outputs
 */
export function toState(
  checkpoint: { inputs: ValueMap; live: PlainMap; manager: string; initialApiVersion: string },
  secretsFrom: ValueMap,
): ValueMap {
  const stringData = secretsFrom["stringData"];
  const live = withSecrets(checkpoint.live, {
    ...secretsFrom,
    // The API server turns stringData into data.
    ...(stringData !== undefined && hasSecret(stringData) && { data: stringData }),
  });
  return dashesToUnderscores({
    ...live,
    [inputsKey]: withSecrets(checkpoint.inputs, secretsFrom),
    [managerKey]: checkpoint.manager,
    [versionKey]: checkpoint.initialApiVersion,
  });
}

/** Reads the outputs of an object. */
export function fromState(state: ValueMap): Checkpoint {
  const { [inputsKey]: inputs, [managerKey]: manager, [versionKey]: version, ...live } = toApi(state);
  return {
    inputs: inputs !== undefined && isMap(inputs) ? inputs : {},
    live,
    manager: asString(manager),
    initialApiVersion: asString(version),
  };
}

/** Properties of a program or of state as the API knows them: no secret wrappers, `x-kubernetes-…` with dashes. */
export function toApi(properties: ValueMap): ValueMap {
  return renameKeys(revealMap(properties), (key) => (key.startsWith("x_kubernetes_") ? key.replaceAll("_", "-") : key));
}

/** The reverse of {@link toApi}'s renaming. */
export function dashesToUnderscores(properties: ValueMap): ValueMap {
  return renameKeys(properties, (key) => (key.startsWith("x-kubernetes-") ? key.replaceAll("-", "_") : key));
}

/** Marks as secret what is secret in `from`, and the data of every Secret whatever `from` says. */
export function withSecrets(values: ValueMap, from: ValueMap): ValueMap {
  const isSecretObject = values["kind"] === "Secret";
  return Object.fromEntries(
    Object.entries(values).map(([key, value]): [string, Value] => {
      if (isSecretObject && (key === "data" || key === "stringData")) return [key, asSecret(value)];
      const source = from[key];
      if (source === undefined) return [key, value];
      if (isMap(value) && isMap(source)) return [key, withSecrets(value, source)];
      return [key, hasSecret(source) ? asSecret(value) : value];
    }),
  );
}

function asSecret(value: Value): Secret {
  return value instanceof Secret ? value : new Secret(value);
}

function renameKeys(properties: ValueMap, rename: (key: string) => string): ValueMap {
  const inside = (value: Value): Value => {
    if (value instanceof Secret) return new Secret(inside(value.value));
    if (Array.isArray(value)) return value.map(inside);
    return isMap(value) ? renameKeys(value, rename) : value;
  };
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [rename(key), inside(value)]));
}
