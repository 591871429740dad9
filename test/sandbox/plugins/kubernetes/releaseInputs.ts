// The arguments of a helm release: defaults, and the command line they amount to.
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import {
  Asset,
  asString,
  isMap,
  type Plain,
  type PlainMap,
  reveal,
  Secret,
  toPlainMap,
  type Value,
  type ValueMap,
} from "../engine/values";

/** Seconds that helm waits when the program gives no timeout. */
const defaultTimeoutSeconds = 300;

// Every argument that is not given has its zero value in state, as with the official plugin.
const zeroes: ValueMap = {
  allowNullValues: false,
  atomic: false,
  chart: "",
  cleanupOnFail: false,
  createNamespace: false,
  dependencyUpdate: false,
  description: "",
  devel: false,
  disableCRDHooks: false,
  disableOpenapiValidation: false,
  disableWebhooks: false,
  forceUpdate: false,
  keyring: "",
  lint: false,
  name: "",
  namespace: "",
  postrender: "",
  recreatePods: false,
  renderSubchartNotes: false,
  replace: false,
  resetValues: false,
  reuseValues: false,
  skipAwait: false,
  skipCrds: false,
  timeout: 0,
  values: {},
  verify: false,
  version: "",
  waitForJobs: false,
};
const repositoryZeroes: ValueMap = { caFile: "", certFile: "", keyFile: "", password: "", repo: "", username: "" };

/**
 * Completes a program's arguments.
 * @param name used when the arguments name no release
 * @throws for arguments that this plugin cannot honour
 */
export function completeInputs(news: ValueMap, name: string, namespace: string): ValueMap {
  const inputs = Object.fromEntries(
    Object.entries(zeroes).map(([key, zero]): [string, Value] => [key, news[key] ?? zero]),
  );
  if (isEmpty(inputs["name"])) inputs["name"] = name;
  if (isEmpty(inputs["namespace"])) inputs["namespace"] = namespace;
  if (inputs["skipAwait"] !== true && news["timeout"] === undefined) inputs["timeout"] = defaultTimeoutSeconds;
  if (news["maxHistory"] !== undefined && news["maxHistory"] !== null) inputs["maxHistory"] = news["maxHistory"];
  const repository = news["repositoryOpts"];
  if (repository !== undefined && repository !== null) inputs["repositoryOpts"] = withRepositoryZeroes(repository);
  const files = news["valueYamlFiles"];
  if (files !== undefined && files !== null) inputs["values"] = withFiles(files, inputs["values"] ?? {});
  refuseUnsupported(inputs);
  return inputs;
}

/** Flags that say where the chart is. With a login, {@link ChartLogin} says it in helm's own files. */
export function chartFlags(inputs: PlainMap): string[] {
  const repository = asPlainMap(inputs["repositoryOpts"]);
  const version = text(inputs["version"]) || (inputs["devel"] === true ? ">0.0.0-0" : "");
  return [
    ...(chartLogin(inputs) ? [] : flag("--repo", text(repository["repo"]))),
    ...flag("--ca-file", text(repository["caFile"])),
    ...flag("--cert-file", text(repository["certFile"])),
    ...flag("--key-file", text(repository["keyFile"])),
    ...flag("--version", version),
    ...(inputs["verify"] === true ? ["--verify", ...flag("--keyring", text(inputs["keyring"]))] : []),
  ];
}

/** The chart as helm's argument: in a repository with a login by the name that the login gives to the repository. */
export function chartReference(inputs: PlainMap): string {
  const chart = text(inputs["chart"]);
  return chartLogin(inputs)?.repo ? `${loginName}/${chart}` : chart;
}

/** User and password of a repository or registry. Helm's command line must not have them: every user of the machine could read them. */
export interface ChartLogin {
  /** The repository of a chart that is given by name; otherwise the chart is in a registry. */
  readonly repo: string | undefined;
  /** Host and port of the registry. */
  readonly registry: string;
  readonly username: string;
  readonly password: string;
  readonly caFile: string;
}

/** The name under which helm knows a repository with a login, in files of its own. */
export const loginName = "login";

/** As with the official plugin, only a user with a password is one. */
export function chartLogin(inputs: PlainMap): ChartLogin | undefined {
  const repository = asPlainMap(inputs["repositoryOpts"]);
  const [username, password] = [text(repository["username"]), text(repository["password"])];
  if (username === "" || password === "") return undefined;
  const [, registry = ""] = /^oci:\/\/([^/]+)/.exec(text(inputs["chart"])) ?? [];
  const repo = registry === "" ? text(repository["repo"]) : undefined;
  if (repo === "") throw new Error("a login for the URL of a chart is not implemented by the stand-in plugin");
  return { repo, registry, username, password, caFile: text(repository["caFile"]) };
}

/** Arguments of `helm install`; values come by standard input. */
export function installArguments(inputs: PlainMap): string[] {
  return [
    "install",
    ...commonArguments(inputs),
    ...switches(inputs, {
      createNamespace: "--create-namespace",
      disableWebhooks: "--no-hooks",
      disableOpenapiValidation: "--disable-openapi-validation",
      replace: "--replace",
      skipCrds: "--skip-crds",
    }),
  ];
}

/** Arguments of `helm upgrade`; values come by standard input. */
export function upgradeArguments(inputs: PlainMap): string[] {
  return [
    "upgrade",
    ...commonArguments(inputs),
    "--history-max",
    String(inputs["maxHistory"] ?? 0),
    ...switches(inputs, {
      cleanupOnFail: "--cleanup-on-fail",
      disableCRDHooks: "--no-hooks",
      forceUpdate: "--force",
      resetValues: "--reset-values",
      reuseValues: "--reuse-values",
    }),
  ];
}

/** Arguments of `helm uninstall`. */
export function uninstallArguments(inputs: PlainMap): string[] {
  const waits = inputs["atomic"] === true || inputs["skipAwait"] !== true;
  return [
    ...["uninstall", text(inputs["name"]), "--namespace", text(inputs["namespace"])],
    ...(waits ? ["--wait", "--timeout", seconds(inputs)] : []),
  ];
}

/** The values for helm's standard input; JSON is YAML. */
export function valuesInput(inputs: PlainMap): string {
  return JSON.stringify(asPlainMap(inputs["values"]));
}

/** Maps merged key by key; where both have a value that is no map, the second one wins. */
export function mergeMaps(one: PlainMap, other: PlainMap): PlainMap {
  const merged = { ...one };
  for (const [key, value] of Object.entries(other)) {
    const before = merged[key];
    merged[key] = isPlainMap(before) && isPlainMap(value) ? mergeMaps(before, value) : value;
  }
  return merged;
}

/** A JSON object, or an empty one in place of anything else. */
export function asPlainMap(value: Plain | undefined): PlainMap {
  return isPlainMap(value) ? value : {};
}

function commonArguments(inputs: PlainMap): string[] {
  const waits = inputs["skipAwait"] !== true;
  return [
    ...[text(inputs["name"]), chartReference(inputs), "--namespace", text(inputs["namespace"])],
    ...["--values", "-", "--output", "json", "--timeout", seconds(inputs)],
    ...chartFlags(inputs),
    ...flag("--description", text(inputs["description"])),
    ...flag("--post-renderer", text(inputs["postrender"])),
    ...(waits ? ["--wait"] : []),
    ...(waits && inputs["waitForJobs"] === true ? ["--wait-for-jobs"] : []),
    ...switches(inputs, {
      atomic: "--atomic",
      dependencyUpdate: "--dependency-update",
      renderSubchartNotes: "--render-subchart-notes",
    }),
  ];
}

function refuseUnsupported(inputs: ValueMap): void {
  for (const name of ["lint", "recreatePods"]) {
    if (inputs[name] === true) throw new Error(`${name} is not implemented by the stand-in plugin`);
  }
}

function withRepositoryZeroes(repository: Value): Value {
  if (repository instanceof Secret) return new Secret(withRepositoryZeroes(repository.value));
  return isMap(repository) ? { ...repositoryZeroes, ...repository } : repository;
}

function withFiles(files: Value, values: Value): Value {
  const list = reveal(files);
  const texts = (Array.isArray(list) ? list : []).map((file) => {
    if (file instanceof Asset && file.text !== undefined) return file.text;
    if (file instanceof Asset && file.path !== undefined) return readFileSync(file.path, "utf8");
    throw new Error("valueYamlFiles takes string and file assets only");
  });
  const fromFiles = texts.map((content) => asPlainMap(parse(content) as Plain)).reduce(mergeMaps, {});
  if (values instanceof Secret) return new Secret(withFiles(files, values.value));
  return isMap(values) ? mergeMaps(fromFiles, toPlainMap(values)) : values;
}

function switches(inputs: PlainMap, names: Readonly<Record<string, string>>): string[] {
  return Object.entries(names).flatMap(([input, name]) => (inputs[input] === true ? [name] : []));
}

function flag(name: string, value: string): string[] {
  return value ? [name, value] : [];
}

function seconds(inputs: PlainMap): string {
  return `${Number(inputs["timeout"] ?? 0) || defaultTimeoutSeconds}s`;
}

function text(value: Plain | undefined): string {
  return typeof value === "string" ? value.trim() : "";
}

function isEmpty(value: Value | undefined): boolean {
  return value === undefined || value === null || asString(value) === "";
}

function isPlainMap(value: Plain | undefined): value is PlainMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
