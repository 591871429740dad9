/** Types of the components, as they stand in Pulumi's state. */
const registrationType = "gloo-mesh-relay:index:GlooMeshRelayRegistration";
const clusterType = "gloo-mesh-relay:index:Cluster";
const stackType = "pulumi:pulumi:Stack";
/** A provider is a version and credentials: it changes in Pulumi's state alone. */
const providerType = /^pulumi:providers:/;

/** The steps of a registration, by the end of their resource's name. */
const steps = [
  "preparation",
  "namespace",
  "root-certificate",
  "kubernetes-cluster",
  "bootstrap-token",
  "agent",
  "client-certificate",
  "validation",
] as const;

export type Step = (typeof steps)[number];

/** Whose resource it is. */
export type Owner =
  | { readonly kind: "registration"; readonly name: string }
  | { readonly kind: "step"; readonly name: string; readonly step: Step }
  | { readonly kind: "cluster"; readonly name: string }
  | { readonly kind: "stack" }
  | { readonly kind: "provider" }
  | { readonly kind: "other" };

/** Reads from a URN whose resource it is: `urn:pulumi:<stack>::<project>::<type>$<type>::<name>`. */
export function ownerOf(urn: string): Owner {
  const [, , type = "", ...names] = urn.split("::");
  const name = names.join("::");
  const chain = type.split("$");
  if (chain.at(-1) === registrationType) return { kind: "registration", name };
  if (chain.includes(registrationType)) return stepOf(name);
  if (chain.includes(clusterType)) return { kind: "cluster", name };
  if (providerType.test(chain.at(-1) ?? "")) return { kind: "provider" };
  return { kind: type === stackType ? "stack" : "other" };
}

function stepOf(name: string): Owner {
  const step = steps.find((one) => name.endsWith(`-${one}`));
  return step === undefined ? { kind: "other" } : { kind: "step", name: name.slice(0, -step.length - 1), step };
}

/** Type and name of a resource, as the engine shows it. */
export function resourceOf(urn: string): string {
  const [, , type = "", ...names] = urn.split("::");
  return `${type.split("$").at(-1)} ${names.join("::")}`;
}
