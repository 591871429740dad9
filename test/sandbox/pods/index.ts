export { type BackOffLimits, kubeletBackOff } from "./back-off";
export { PodRunner, type PodRunnerOptions } from "./pod-runner";
export type { ImageResolver, PodContext, PodProgram } from "./program";
