export { type BackOffLimits, kubeletBackOff } from "./backOff";
export { PodRunner, type PodRunnerOptions } from "./podRunner";
export type { ImageResolver, PodContext, PodProgram } from "./program";
