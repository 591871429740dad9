import { Document, type Node, Pair, Scalar, YAMLMap, YAMLSeq } from "yaml";
import { isMap } from "../../../components/base/json";
import { shellQuoted } from "../../../components/kubernetes/commands";
import { type HiddenPath, HiddenValue, hiddenIn } from "./hiddenValues";
import { connectionOf, type PrintedFleet, type PrintedRegistration } from "./printedRegistration";
import { escapedInYaml, isPlainWord } from "./quotedText";

const project = "gloo-mesh-relay-registration";

/** The registrations as the configuration of a stack. */
export function stackSnippet({ management, registrations }: PrintedFleet): string {
  const [first] = registrations;
  const namespace = first?.given["managementNamespace"];
  const clusters = new YAMLMap();
  const { kubeconfig, ...hub } = connectionOf(management);
  const isShared = registrations.every(({ remote }) => connectionOf(remote)["kubeconfig"] === kubeconfig);
  const everywhere = isShared ? kubeconfig : undefined;
  for (const registration of registrations) clusters.items.push(clusterPair(registration, everywhere));
  const config = mapOf([
    ...(everywhere === undefined ? [] : [[`${project}:kubeconfig`, stringNode(everywhere)] as const]),
    [`${project}:management`, nodeOf(everywhere === undefined ? connectionOf(management) : hub, [])],
    ...(typeof namespace === "string" ? [[`${project}:managementNamespace`, nodeOf(namespace, [])] as const] : []),
    [`${project}:clusters`, clusters],
  ]);
  const document = new Document(mapOf([["config", config]]));
  return escapedInYaml(document.toString({ lineWidth: 0, doubleQuotedAsJSON: true }).trimEnd());
}

function clusterPair(
  { clusterName, remote, given, comments, valuesCommand }: PrintedRegistration,
  /** The kubeconfig of all clusters. */
  everywhere: string | undefined,
): Pair {
  const { managementNamespace: _, ...settings } = given;
  const connection = settings["selfRegistration"] === true ? {} : connectionOf(remote);
  // The context of the cluster's name is the default.
  const isDefault = ([key, value]: [string, string]) => value === (key === "context" ? clusterName : everywhere);
  const shown = Object.entries(connection).filter((entry) => !isDefault(entry));
  const value = nodeOf({ ...(shown.length === 0 ? {} : { remote: Object.fromEntries(shown) }), ...settings }, [
    "clusters",
    clusterName,
  ]);
  const key = stringNode(clusterName);
  const secrets = hiddenIn(given).length === 0 ? [] : [`${valuesCommand} prints the secrets`];
  key.commentBefore = [...comments, ...secrets].map((comment) => ` ${comment}`).join("\n");
  return new Pair(key, value);
}

function nodeOf(value: unknown, path: HiddenPath): Node {
  if (value instanceof HiddenValue) {
    // Pulumi refuses a run with this in the configuration, so that no agent gets an empty secret.
    const node = mapOf([["secure", stringNode("")]]);
    node.commentBefore = ` pulumi config set --path --secret ${shellQuoted(pathText(path))}`;
    return node;
  }
  if (Array.isArray(value)) {
    const list = new YAMLSeq();
    list.items = value.map((one, index) => nodeOf(one, [...path, index]));
    return list;
  }
  if (isMap(value)) return mapOf(Object.entries(value).map(([key, one]) => [key, nodeOf(one, [...path, key])]));
  return typeof value === "string" ? stringNode(value) : new Scalar(value ?? null);
}

function mapOf(entries: readonly (readonly [string, Node])[]): YAMLMap {
  const map = new YAMLMap();
  map.items = entries.map(([key, value]) => new Pair(stringNode(key), value));
  return map;
}

/** Every string in quotes but for words that no version of YAML takes for anything else. */
function stringNode(text: string): Scalar<string> {
  const scalar = new Scalar(text);
  const isOwnKey = text.startsWith(`${project}:`);
  const isWord = isPlainWord(text) && !/^(?:y|n|yes|no|on|off|true|false|null|nan|inf)$/i.test(text);
  if (!isWord && !isOwnKey) scalar.type = "QUOTE_DOUBLE";
  return scalar;
}

/** The path of a key in the form of `pulumi config set --path`. */
function pathText(path: HiddenPath): string {
  const [first, ...rest] = path;
  const parts = rest.map((part) =>
    typeof part === "number" ? `[${part}]` : /^[A-Za-z_]\w*$/.test(part) ? `.${part}` : `[${JSON.stringify(part)}]`,
  );
  return `${first}${parts.join("")}`;
}
