import { type GenerationName, generationNames, generations } from "../../../components/glooMesh/generation";
import { generations as standIns } from "../../sandbox/relay";

/** The product generation for which this process runs the end-to-end tests. Default: 1.x. test/run.ts runs them for both. */
export const generation = generations[wanted(process.env["TEST_GENERATION"] || "1.x")];

/** What the sandbox knows of it. */
export const standIn = standIns[generation.name];

/** Versions of relay server and chart that the sandbox offers. */
interface Versions {
  /** The sandbox's relay server has it, unless a test says otherwise. */
  readonly usual: string;
  /** A later patch version of the same minor version. */
  readonly patch: string;
  readonly otherMinor: string;
}

const ofGenerations: Readonly<Record<GenerationName, Versions>> = {
  "1.x": { usual: "1.0.4", patch: "1.0.13", otherMinor: "1.1.1" },
  "2.x": { usual: "2.14.0", patch: "2.14.1", otherMinor: "2.13.0" },
};

export const versions = ofGenerations[generation.name];

/** Values of the agent's chart, laid over those of its own container. */
export function containerValues(values: object): object {
  return generation.name === "1.x" ? { enterpriseAgent: values } : { glooAgent: values };
}

/** Settings for a cluster on which a registration in another namespace has left its CRDs: Helm takes them over in their own namespace alone. */
export const crdsFromElsewhere: object = generation.crds ? { crds: { install: false } } : {};

/** Registers tests of behaviour that only this generation has. */
export function only(name: GenerationName, register: () => void): void {
  if (generation.name === name) register();
}

function wanted(text: string): GenerationName {
  const name = generationNames.find((one) => one === text);
  if (name === undefined) throw new Error(`TEST_GENERATION=${text} is none of ${generationNames.join(", ")}`);
  return name;
}
