import { stringAt, valueAt } from "../../base/json";
import { rememberSecret } from "../../base/knownSecrets";
import { isOfMinorSince, parseVersion } from "../../base/version";
import type { Generation } from "../../glooMesh/generation";
import type { Deployment } from "../../kubernetes/workloads";
import type { Finding } from "../findings/finding";
import type { PreflightRequest } from "../request";

type PostureRequest = Pick<PreflightRequest, "settings" | "generation" | "modes">;

/**
 * Compares how the relay server has agents prove their identity, by the environment of its container, with [identity]: GMR229, an error. An agent of the
 * other way never connects, and says little about why.
 */
export function checkPosture(
  deployment: Deployment | undefined,
  request: PostureRequest,
  where: string,
  /** What the registration would copy; undefined where it copies none, or cannot read it. */
  copiedToken: Buffer | undefined,
): Finding | undefined {
  const { settings, generation, modes } = request;
  const { simpleTls, relayServer } = generation;
  if (!simpleTls || !deployment) return undefined;
  const place = `${where}, Deployment ${settings.managementNamespace}/${relayServer.name}`;
  const isSimple = variable(deployment, generation, simpleTls.serverSwitch)?.value === "true";
  if (!isSimple && modes.tls !== "server") return undefined;
  const { reference: token, literal } = tokenOf(deployment, generation, simpleTls.tokenVariable);
  if (isSimple && modes.tls !== "server") {
    const cause = `${simpleTls.serverSwitch} is true: the relay server takes the token on each connection, and no client certificate`;
    const ofToken = token ? `, and [token.source] to ${inWords(token)}` : "";
    const ofLiteral = literal === undefined ? "" : `; its token is a literal: ${storeIt}`;
    return mismatch(place, cause, `set [identity] to "simple-tls"${ofToken}${ofLiteral}`);
  }
  if (!isSimple) {
    const cause = `${simpleTls.serverSwitch} is not true: the relay server wants client certificates`;
    return mismatch(place, cause, "leave [identity] out, or set the variable in the chart of the management cluster");
  }
  const version = parseVersion(settings.agent.version ?? "");
  if (version && !isOfMinorSince(version, simpleTls.since)) {
    const { major, minor } = simpleTls.since;
    return mismatch(
      "[agent.version]",
      `agents before ${major}.${minor} need a client certificate`,
      `use ${major}.${minor} or later`,
    );
  }
  const { source } = settings.token;
  if (literal !== undefined && copiedToken !== undefined && copiedToken.toString() !== literal) {
    const cause = `the relay server has its token as a literal, and ${inWords(source)}, holds another one`;
    return mismatch(place, cause, storeIt);
  }
  const isSame = !token || (token.name === source.name && (token.key ?? source.key) === source.key);
  if (isSame) return undefined;
  const cause = `the relay server takes its token from ${inWords(token)}, the registration from ${source.name}, key ${source.key}`;
  return mismatch(place, cause, `set [token.source] to ${inWords(token)}`);
}

interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: unknown;
}

function variable(deployment: Deployment, { relayServer }: Generation, name: string): Variable | undefined {
  const container = deployment.spec?.template?.spec?.containers?.find((one) => one.name === relayServer.name);
  const env: unknown = valueAt(container, "env");
  return Array.isArray(env) ? env.find((one: unknown): one is Variable => valueAt(one, "name") === name) : undefined;
}

interface TokenKey {
  readonly name: string;
  readonly key?: string;
}

/** The token that the relay server has: by a reference to a Secret's key, or as a literal. */
function tokenOf(
  deployment: Deployment,
  generation: Generation,
  name: string,
): { readonly reference?: TokenKey; readonly literal?: string } {
  const found = variable(deployment, generation, name);
  const reference = valueAt(found?.valueFrom, "secretKeyRef");
  const [secret, key, literal] = [stringAt(reference, "name"), stringAt(reference, "key"), stringAt(found, "value")];
  if (secret !== undefined) return { reference: { name: secret, ...(key === undefined ? {} : { key }) } };
  if (literal === undefined || literal === "") return {};
  rememberSecret(literal);
  return { literal };
}

/** The registration copies the token from a Secret: a literal is to become one. */
const storeIt = "store it in a Secret of the management cluster, and set [token.source] to that";

function inWords({ name, key }: TokenKey): string {
  return key === undefined ? name : `${name}, key ${key}`;
}

function mismatch(where: string, cause: string, next: string): Finding {
  const what = "The relay server has agents prove their identity in another way than [identity] says";
  return { code: "GMR229", severity: "error", what, where, cause, next };
}
