import { isMap, valueAt } from "../base/json";
import { podTemplateIn } from "../glooMesh/releaseManifest";
import { lastWriter } from "../kubernetes/objectManager";
import type { Deployment } from "../kubernetes/workloads";

/** What someone changed in the agent's Deployment since Helm installed it. */
export interface TemplateEdit {
  /** Such as `containers[enterprise-agent].image`. */
  readonly field: string;
  /** Value in the release's manifest and in the Deployment. Left out for the environment, which may hold secrets. */
  readonly values?: readonly [release: string, deployment: string];
  /** The program that wrote the field, as the API server recorded it. */
  readonly writer: string | undefined;
}

/**
 * Finds the fields of the pod template that differ from the release's manifest. What the manifest does not name counts as a default or as added, which is
 * no fault. Nor is what an admission webhook changed while Helm wrote: then the API server records Helm, or Pulumi, as the writer.
 */
export function templateEdits(manifest: string, deployment: Deployment): readonly TemplateEdit[] {
  const template = podTemplateIn(manifest, deployment.metadata.name);
  const live = deployment.spec?.template;
  if (!isMap(template) || live === undefined) return [];
  return differences(template, live, []).flatMap(({ path, release, deployment: value }) => {
    const writer = writerOf(deployment, path);
    if (writer !== undefined && installers.test(writer)) return [];
    const isPublic = isScalar(release) && isScalar(value) && !path.some((part) => part.key === "env");
    const values = [String(release), String(value ?? "(none)")] as const;
    return [{ field: fieldOf(path), writer, ...(isPublic ? { values } : {}) }];
  });
}

/** Programs that write the Deployment for the release. */
const installers = /^(?:pulumi|helm$)/;

/** A step into a map, or to the element of a list with this name. */
interface PathStep {
  readonly key: string;
  readonly name?: string;
}

interface Difference {
  readonly path: readonly PathStep[];
  readonly release: unknown;
  readonly deployment: unknown;
}

function differences(release: unknown, live: unknown, path: readonly PathStep[]): readonly Difference[] {
  if (isEmpty(release)) return [];
  if (isMap(release)) {
    const found = isMap(live) ? live : {};
    return Object.entries(release).flatMap(([key, value]) => differences(value, found[key], [...path, { key }]));
  }
  if (Array.isArray(release) && release.every(isNamed)) return ofNamed(release, Array.isArray(live) ? live : [], path);
  return isEqual(release, live) ? [] : [{ path, release, deployment: live }];
}

/** Compares lists such as containers, environment and volumes, whose elements have names. Equal names count in their order. */
function ofNamed(
  release: readonly Named[],
  live: readonly unknown[],
  path: readonly PathStep[],
): readonly Difference[] {
  const list = path.at(-1);
  return release.flatMap((element, index) => {
    const { name } = element;
    const earlier = release.slice(0, index).filter((one) => one.name === name).length;
    const found = live.filter((one) => isNamed(one) && one.name === name)[earlier];
    const step = { key: list?.key ?? "", name };
    const at = [...path.slice(0, -1), step];
    return found === undefined
      ? [{ path: at, release: element, deployment: undefined }]
      : differences(element, found, at);
  });
}

interface Named {
  readonly name: string;
}

function isNamed(value: unknown): value is Named & Record<string, unknown> {
  return isMap(value) && typeof value["name"] === "string";
}

function isEmpty(value: unknown): boolean {
  return (
    value === undefined ||
    value === null ||
    value === "" ||
    JSON.stringify(value) === "{}" ||
    JSON.stringify(value) === "[]"
  );
}

function isScalar(value: unknown): boolean {
  return value === undefined || ["string", "number", "boolean"].includes(typeof value);
}

function isEqual(release: unknown, live: unknown): boolean {
  if (!isScalar(release) || !isScalar(live) || live === undefined)
    return JSON.stringify(release) === JSON.stringify(live);
  if (String(release) === String(live)) return true;
  const [one, other] = [quantityOf(release), quantityOf(live)];
  return one !== undefined && one === other;
}

/** The number of a Kubernetes quantity: the API server writes `1000m` as `1`. */
function quantityOf(value: unknown): number | undefined {
  const [, digits, unit = ""] = /^([+-]?[\d.]+(?:e[+-]?\d+)?)([numkMGTPE]?i?)$/.exec(String(value)) ?? [];
  const number = Number(digits);
  const factor = factors[unit];
  return Number.isNaN(number) || factor === undefined ? undefined : number * factor;
}

const factors: Readonly<Record<string, number>> = {
  "": 1,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  ...Object.fromEntries(["k", "M", "G", "T", "P", "E"].map((unit, index) => [unit, 1000 ** (index + 1)])),
  ...Object.fromEntries(["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].map((unit, index) => [unit, 1024 ** (index + 1)])),
};

function fieldOf(path: readonly PathStep[]): string {
  const parts = path.map(({ key, name }) => (name === undefined ? key : `${key}[${name}]`));
  return (parts[0] === "spec" ? parts.slice(1) : parts).join(".");
}

/** The program that the API server recorded last for a field of the pod template. */
function writerOf({ metadata }: Deployment, path: readonly PathStep[]): string | undefined {
  const keys = path.flatMap(({ key, name }) => [`f:${key}`, ...(name === undefined ? [] : [`k:{"name":"${name}"}`])]);
  return lastWriter(
    (metadata.managedFields ?? []).filter(
      ({ fieldsV1 }) => valueAt(fieldsV1, "f:spec", "f:template", ...keys) !== undefined,
    ),
  );
}
