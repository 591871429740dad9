/** Names under which `operations` exports the operations of the three dynamic resources. */
export type OperationsName = "preparation" | "bootstrapToken" | "clientCertificate";

/**
 * The source of a dynamic provider, which Pulumi stores in its state with every resource and runs in its dynamic provider host. Pulumi does not
 * renew it, so it only calls the operations in the package `gloo-mesh-relay-registration/operations`. It loads them when called, from the
 * running project: a dependency of the project, or the project itself.
 *
 * `pulumi.dynamic.Resource` would serialise functions: that starts an inspector and parses TypeScript in each run, and the result depends
 * on the compilation of the functions.
 */
export function providerText(name: OperationsName): string {
  return `exports.handler = () => {
  const load = () => {
    const { createRequire, enableCompileCache } = require("node:module");
    enableCompileCache?.();
    return createRequire(process.cwd() + "/package.json")("gloo-mesh-relay-registration/operations").${name};
  };
  const call = (operation) => async (...args) => load()[operation](...args);
  const operations = ["diff", "create", "read", "update", "delete"];
  return Object.fromEntries(operations.map((operation) => [operation, call(operation)]));
};
`;
}
