/**
 * The three functions of the metadata reflection proposal that `@peculiar/x509` demands at load time (its dependency
 * injection, tsyringe, throws without them). A polyfill that is already loaded is left alone.
 */
type MetadataKey = string | symbol;

const metadata = new WeakMap<object, Map<MetadataKey, unknown>>();

function defineMetadata(key: MetadataKey, value: unknown, target: object): void {
  const entries = metadata.get(target) ?? new Map<MetadataKey, unknown>();
  entries.set(key, value);
  metadata.set(target, entries);
}

function getOwnMetadata(key: MetadataKey, target: object): unknown {
  return metadata.get(target)?.get(key);
}

function getMetadata(key: MetadataKey, target: object): unknown {
  for (let owner: object | null = target; owner !== null; owner = Object.getPrototypeOf(owner)) {
    if (metadata.get(owner)?.has(key)) return getOwnMetadata(key, owner);
  }
  return undefined;
}

if (!("getMetadata" in Reflect)) Object.assign(Reflect, { defineMetadata, getOwnMetadata, getMetadata });
