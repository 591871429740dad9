import { isMap } from "../../../components/base/json";
import { shellQuoted } from "../../../components/kubernetes/commands";
import { HiddenValue, hiddenIn } from "./hiddenValues";
import { connectionOf, type PrintedFleet, type PrintedRegistration } from "./printedRegistration";
import { isPlainWord, quotedInTypescript } from "./quotedText";

/** The registrations as a program of TypeScript. */
export function typescriptSnippet({ management, registrations }: PrintedFleet): string {
  const hasSecrets = registrations.some(({ given }) => hiddenIn(given).length > 0);
  return [
    ...(hasSecrets ? ['import * as pulumi from "@pulumi/pulumi";'] : []),
    'import { ClusterConnection, GlooMeshRelayRegistration } from "gloo-mesh-relay-registration";',
    "",
    ...(hasSecrets ? ["const config = new pulumi.Config();"] : []),
    `const management = new ClusterConnection("management", ${literal(connectionOf(management), keyOf(""), 0)});`,
    ...registrations.flatMap(registrationLines),
  ].join("\n");
}

function registrationLines({ clusterName, remote, given, comments, valuesCommand }: PrintedRegistration): string[] {
  const { selfRegistration, ...others } = given;
  const key = keyOf(clusterName);
  const secrets = hiddenIn(given).map((hidden) => `pulumi config set --secret ${shellQuoted(key(hidden))}`);
  const secretComments = secrets.length === 0 ? [] : [`secrets, which ${valuesCommand} prints; first run:`, ...secrets];
  const args = {
    management: new Expression("management"),
    remote: selfRegistration ? new Expression("management") : connectionOf(remote),
    ...(selfRegistration ? { selfRegistration } : {}),
    ...others,
  };
  return [
    "",
    ...[...comments, ...secretComments].map((comment) => `// ${comment}`),
    `new GlooMeshRelayRegistration(${quotedInTypescript(clusterName)}, ${literal(args, key, 0, 0)});`,
  ];
}

/** Code that stands for itself. */
class Expression {
  constructor(readonly code: string) {}
}

type SecretKey = (hidden: HiddenValue) => string;

/** The key of a secret in the program's configuration. */
function keyOf(clusterName: string): SecretKey {
  return ({ path }) => [clusterName, ...path].map((part) => String(part).replace(/[^\w-]+/g, "-")).join(".");
}

/** A literal, in one line if it has at most `width` characters. */
function literal(value: unknown, keyOf: SecretKey, indent: number, width = 100 - indent): string {
  if (value instanceof Expression) return value.code;
  if (value instanceof HiddenValue) {
    const reader = { string: "requireSecret", number: "requireSecretNumber", map: "requireSecretObject" }[value.kind];
    return `config.${reader}(${quotedInTypescript(keyOf(value))})`;
  }
  if (typeof value === "string") return quotedInTypescript(value);
  if (Array.isArray(value)) {
    const parts = value.map((one) => literal(one, keyOf, indent + 2));
    return joined(parts, ["[", "]"], indent, width);
  }
  if (!isMap(value)) return JSON.stringify(value ?? null);
  const parts = Object.entries(value).map(([key, one]) => {
    const text = literal(one, keyOf, indent + 2);
    return text === key ? key : `${property(key)}: ${text}`;
  });
  return joined(parts, ["{", "}"], indent, width);
}

/** `"__proto__": value` would set the prototype. */
function property(key: string): string {
  if (key === "__proto__") return '["__proto__"]';
  return isPlainWord(key) && !key.includes("-") ? key : quotedInTypescript(key);
}

function joined(parts: readonly string[], [open, close]: readonly [string, string], indent: number, width: number) {
  const space = open === "{" ? " " : "";
  const line = parts.length === 0 ? `${open}${close}` : `${open}${space}${parts.join(", ")}${space}${close}`;
  if (parts.length === 0 || (line.length <= width && !line.includes("\n"))) return line;
  const inner = " ".repeat(indent + 2);
  return `${open}\n${parts.map((part) => `${inner}${part},\n`).join("")}${" ".repeat(indent)}${close}`;
}
