import { type GenerationName, generationNames, generations } from "../../../components/glooMesh/generation";

/** The product generation for which this process runs the end-to-end tests. Default: 1.x. test/run.ts runs them for both. */
export const generation = generations[wanted(process.env["TEST_GENERATION"] || "1.x")];

/** Version of the sandbox's relay server, unless a test says otherwise. */
export const usualVersion = generation.name === "1.x" ? "1.0.4" : "2.14.0";

function wanted(text: string): GenerationName {
  const name = generationNames.find((one) => one === text);
  if (name === undefined) throw new Error(`TEST_GENERATION=${text} is none of ${generationNames.join(", ")}`);
  return name;
}
