/**
 * Environment of the programs of a control plane, which are written in Go and live for minutes: to collect their garbage as often as by default
 * costs a fifth of their processor time, and more than their memory is worth here.
 */
export function controlPlaneEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, GOGC: "400" };
}
