/** Types of the components in Pulumi's state. */
const registrationType = "gloo-mesh-relay:index:GlooMeshRelayRegistration";
const clusterType = "gloo-mesh-relay:index:Cluster";
/** The stack, and providers, which hold a version and credentials: they change in Pulumi's state alone. */
const typeOfStateAlone = /^pulumi:(?:pulumi:Stack$|providers:)/;

/** The steps of a registration, by the suffix of their resource's name. */
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

/** The owner of a resource. */
export type Owner =
  | { readonly kind: "registration" | "cluster"; readonly name: string }
  | { readonly kind: "step"; readonly name: string; readonly step: Step }
  | { readonly kind: "state alone" | "other" };

/** Reads the owner from a URN: `urn:pulumi:<stack>::<project>::<type>$<type>::<name>`. */
export function ownerOf(urn: string): Owner {
  const { chain, name } = partsOf(urn);
  const type = chain.at(-1) ?? "";
  if (type === registrationType) return { kind: "registration", name };
  if (chain.includes(registrationType)) return ownerOfStep(name);
  if (chain.includes(clusterType)) return { kind: "cluster", name };
  return { kind: typeOfStateAlone.test(type) ? "state alone" : "other" };
}

/** The steps that this package runs itself; Pulumi's plugins run the others. */
const ownSteps: ReadonlySet<Step> = new Set(["preparation", "bootstrap-token", "client-certificate", "validation"]);

/** Whether a message on a resource may be ours. What a plugin says may quote a cluster, which could forge a problem with a code. */
export function mayHoldCodes(owner: Owner): boolean {
  return owner.kind === "step" ? ownSteps.has(owner.step) : owner.kind !== "other";
}

/** Type and name of a resource, as the engine prints them. */
export function resourceOf(urn: string): string {
  const { chain, name } = partsOf(urn);
  return `${chain.at(-1)} ${name}`;
}

export function stepOf(name: unknown): Step | undefined {
  return steps.find((step) => step === name);
}

function ownerOfStep(name: string): Owner {
  const step = steps.find((one) => name.endsWith(`-${one}`));
  return step === undefined ? { kind: "other" } : { kind: "step", name: name.slice(0, -step.length - 1), step };
}

/** The types from the outermost component to the resource, and its name. */
function partsOf(urn: string): { readonly chain: readonly string[]; readonly name: string } {
  const [, , type = "", ...names] = urn.split("::");
  return { chain: type.split("$"), name: names.join("::") };
}
