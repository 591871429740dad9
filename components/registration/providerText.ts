/** The three dynamic resources, by the name under which their operations are found. */
export type OperationsName = "preparation" | "bootstrapToken" | "clientCertificate";

/**
 * The text of a dynamic provider: what Pulumi keeps in its state with every resource, and its dynamic provider host runs. It is nothing but
 * a bridge, because Pulumi does not renew it: the work lies in the package (`gloo-mesh-relay-registration/operations`), which is loaded when
 * it is called, from the project that runs: as its own dependency or as the project itself.
 *
 * It is written here and not serialised from functions, as `pulumi.dynamic.Resource` does: that starts an inspector and parses with
 * TypeScript in each run, and its result depends on how the functions were compiled.
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
