import { Provider } from "@pulumi/kubernetes/provider";
import type * as pulumi from "@pulumi/pulumi";
import type { Problem } from "../base/problems";
import { faultsOf } from "../glooMesh/argumentKinds";
import type { GlooMeshRelayRegistrationArgs } from "./arguments";

/**
 * What no value can mend: providers in the options (GMR005), choices that are no booleans (GMR013) and arguments that contradict each other
 * (GMR008).
 */
export function findContradictions(
  args: GlooMeshRelayRegistrationArgs,
  opts: pulumi.ComponentResourceOptions,
): readonly Problem[] {
  const choices = choiceFaults(args);
  // What a choice of another kind contradicts, nobody can tell.
  return [...misplacedProviders(opts), ...(choices.length > 0 ? choices : contradictions(args))];
}

/**
 * Plain choices, on which depends what is declared, of another kind: GMR013. a text such as "false", or an Output, is true for JavaScript. They are
 * looked at before anything takes them for a boolean.
 */
function choiceFaults(args: GlooMeshRelayRegistrationArgs): Problem[] {
  const { namespace, relay, rootCertificate, clientCertificate, token } = args;
  const choices = {
    selfRegistration: args.selfRegistration,
    "namespace.create": namespace?.create,
    "namespace.disableIstioInjection": namespace?.disableIstioInjection,
    "relay.insecure": relay?.insecure,
    "rootCertificate.provided": rootCertificate?.provided,
    "clientCertificate.provided": clientCertificate?.provided,
    "token.retain": token?.retain,
    "token.provided": token?.provided,
  };
  return Object.entries(choices).flatMap(([argument, value]) => faultsOf(argument, "boolean", value));
}

/** Two providers of one package cannot travel in the options, and one of them would silently not apply. */
function misplacedProviders(opts: pulumi.ComponentResourceOptions): Problem[] {
  const list = opts.providers ?? [];
  const given = [...(Array.isArray(list) ? list : Object.values(list)), ...(opts.provider ? [opts.provider] : [])];
  if (!given.some((provider) => Provider.isInstance(provider))) return [];
  return [
    {
      code: "GMR005",
      what: "A Kubernetes provider was passed through the resource options",
      where: "[opts.provider], [opts.providers]",
      cause: "a registration works on two clusters, and the options can carry only one provider of a package",
      next: "give the clusters as [management] and [remote]",
    },
  ];
}

function contradictions(args: GlooMeshRelayRegistrationArgs): Problem[] {
  return [...withSelfRegistration(args), ...withoutCopies(args), ...withinOneSecret(args), ...withAddress(args)];
}

function withSelfRegistration(args: GlooMeshRelayRegistrationArgs) {
  const { selfRegistration, token, rootCertificate, clientCertificate, namespace } = args;
  if (!selfRegistration) return [];
  const others = refuse(
    "selfRegistration",
    {
      "token.retain": token?.retain,
      "token.provided": token?.provided,
      "token.secret": token?.secret,
      "rootCertificate.provided": rootCertificate?.provided,
      "rootCertificate.secret": rootCertificate?.secret,
      "namespace.create": namespace?.create,
      "namespace.disableIstioInjection": namespace?.disableIstioInjection,
    },
    "on the management cluster the namespace, the root CA and the token belong to the hub",
  );
  const reissue = { "clientCertificate.reissue": clientCertificate?.reissue };
  return [
    ...others,
    ...refuse("selfRegistration", reissue, "on the management cluster nothing is deleted that may be the hub's"),
  ];
}

/** Where nothing is copied, an argument that says how to copy would silently not apply. */
function withoutCopies({ relay, clientCertificate, rootCertificate, token, proof }: GlooMeshRelayRegistrationArgs) {
  const copies = {
    rootCertificate: isAnySet(rootCertificate),
    token: isAnySet(token),
    "proof.chainToRoot": proof?.chainToRoot,
  };
  if (relay?.insecure) {
    const cause = "without TLS there is no certificate, no root CA and no token";
    return refuse("relay.insecure", { ...copies, clientCertificate: isAnySet(clientCertificate) }, cause);
  }
  if (!clientCertificate?.provided) return [];
  const cause = "an agent with a certificate of yours trusts by the ca.crt beside it, and needs neither";
  const reissue = { "clientCertificate.reissue": clientCertificate.reissue };
  return [
    ...refuse("clientCertificate.provided", copies, cause),
    ...refuse("clientCertificate.provided", reissue, "a certificate of yours is not issued here"),
  ];
}

/** Whether a group of arguments says anything at all. */
function isAnySet(group: object | undefined): boolean {
  return Object.values(group ?? {}).some(isSet);
}

/** Null is as good as left out: an empty value of a configuration. */
function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false;
}

function withinOneSecret({ rootCertificate, token }: GlooMeshRelayRegistrationArgs) {
  return [
    ...(rootCertificate?.provided
      ? refuse("rootCertificate.provided", { "rootCertificate.source": rootCertificate.source }, notCopied)
      : []),
    ...(token?.provided
      ? refuse("token.provided", { "token.source": token.source, "token.retain": token.retain }, notCopied)
      : []),
  ];
}

const notCopied = "what is provided is not copied";

function withAddress({ relay }: GlooMeshRelayRegistrationArgs) {
  if (!relay || !isSet(relay.serverAddress)) return [];
  return refuse("relay.serverAddress", { "relay.ingress": relay.ingress }, "the address is given or read, not both");
}

/** One problem for each argument that is set although another one leaves it no meaning. */
function refuse(reason: string, given: Readonly<Record<string, unknown>>, cause: string): Problem[] {
  return Object.entries(given)
    .filter(([, value]) => isSet(value))
    .map(([argument]) => ({
      code: "GMR008",
      what: `[${argument}] cannot be set together with ${reason}`,
      where: `[${argument}]`,
      cause,
      next: `leave ${argument} out, or ${reason}`,
    }));
}
