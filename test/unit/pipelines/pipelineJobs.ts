import { isNode, isScalar, parse, parseDocument, visit } from "yaml";
import { isMap } from "../../../components/base/json";

/** A use of someone else's action or workflow, with the comment behind it. */
export interface Use {
  readonly action: string;
  readonly comment: string | undefined;
}

/** A job of GitHub or GitLab, as far as the rules of the supply chain ask for it. */
export interface PipelineJob {
  readonly name: string;
  /** What it runs, in order: commands, and actions with their inputs as JSON. */
  readonly steps: readonly string[];
  /** Whether each step, or the job for all of them, has a credential in its environment. */
  readonly credentials: readonly boolean[];
  readonly environment: string | undefined;
  readonly permissions: Readonly<Record<string, unknown>>;
}

type Node = Readonly<Record<string, unknown>>;

/** Every `uses:` of a file, wherever it is. */
export function usesIn(text: string): Use[] {
  const found: Use[] = [];
  visit(parseDocument(text), {
    Pair: (_, { key, value }) => {
      if (!isScalar(key) || key.value !== "uses" || !isScalar(value)) return;
      found.push({ action: String(value.value), comment: value.comment?.trim() });
    },
  });
  return found;
}

/** Every image that a file names, wherever it is: as `image` or `container`, by its `name`, or in a list of services. */
export function imagesIn(text: string): string[] {
  const found: string[] = [];
  visit(parseDocument(text), {
    Pair: (_, { key, value }) => {
      const kind = isScalar(key) ? String(key.value) : "";
      const given: unknown = isNode(value) ? value.toJSON() : undefined;
      if (["image", "container"].includes(kind)) found.push(...[given, asNode(given)["name"]].filter(isString));
      if (kind === "services" && Array.isArray(given)) found.push(...given.filter(isString));
    },
  });
  return found;
}

export function jobsIn(text: string): PipelineJob[] {
  const file = asNode(parse(text, { merge: true }));
  if (isMap(file["jobs"])) return Object.entries(file["jobs"]).map(([name, job]) => gitHubJob(name, asNode(job), file));
  return Object.keys(file)
    .filter((name) => !name.startsWith("."))
    .map((name) => [name, extended(file, name)] as const)
    .filter(([, job]) => "script" in job)
    .map(([name, job]) => gitLabJob(name, job, file));
}

function gitHubJob(name: string, job: Node, { env, permissions }: Node): PipelineJob {
  const steps = list(job["steps"]).map(asNode);
  const environment = job["environment"];
  return {
    name,
    steps: steps.map(({ run, uses, with: inputs = {} }) => (run ? String(run) : `${uses} ${JSON.stringify(inputs)}`)),
    credentials: steps.map((step) => [step, job, { env }].some((one) => hasSecret(one["env"]))),
    environment: isMap(environment) ? String(environment["name"]) : (environment as string | undefined),
    permissions: { ...asNode(permissions), ...asNode(job["permissions"]) },
  };
}

function gitLabJob(name: string, job: Node, file: Node): PipelineJob {
  const { environment, before_script = asNode(file["default"])["before_script"] } = job;
  const steps = [before_script, job["script"], job["after_script"]].flatMap(list).map(String);
  const hasCredential = [file["variables"], job["variables"]].some(hasSecret);
  return {
    name,
    steps,
    credentials: steps.map(() => hasCredential),
    environment: isMap(environment) ? String(environment["name"]) : (environment as string | undefined),
    permissions: {},
  };
}

/** A job of GitLab with what its templates say. */
function extended(file: Node, name: string): Node {
  const job = asNode(file[name]);
  const bases = list(job["extends"]).map((base) => extended(file, String(base)));
  return Object.assign({}, ...bases, job) as Node;
}

function hasSecret(env: unknown): boolean {
  return Object.entries(asNode(env)).some(
    ([key, value]) => /TOKEN|SECRET|PASSWORD/.test(key) || /secrets\.|github\.token/.test(String(value)),
  );
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}

function asNode(value: unknown): Node {
  return isMap(value) ? value : {};
}

function list(value: unknown): unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? value.flat() : [value];
}
