import type * as pulumi from "@pulumi/pulumi";

/** The three dynamic resources, by the name under which their operations are found. */
export type OperationsName = "preparation" | "bootstrapToken" | "clientCertificate";

/**
 * The provider that Pulumi serialises into its state: nothing but a bridge. Pulumi keeps this text with every resource and does not
 * renew it, so the work lies in the package (`gloo-mesh-relay-registration/operations`), which is loaded when it is called.
 *
 * What is captured here must survive serialisation: plain functions and strings only, and imports inside the functions.
 */
export function bridge(name: OperationsName): pulumi.dynamic.ResourceProvider {
  return {
    diff: async (id, olds, news) => (await loadOperations(name)).diff(id, olds, news),
    create: async (inputs) => (await loadOperations(name)).create(inputs),
    read: async (id, props) => (await loadOperations(name)).read(id, props),
    update: async (id, olds, news) => (await loadOperations(name)).update(id, olds, news),
    delete: async (id, props) => (await loadOperations(name)).delete(id, props),
  };
}

type Operations = Required<Pick<pulumi.dynamic.ResourceProvider, "diff" | "create" | "read" | "update" | "delete">>;

async function loadOperations(name: OperationsName): Promise<Operations> {
  // Loaded from the project that runs, as its own dependency or as the project itself: the text in the state has no place on disk.
  const { createRequire, enableCompileCache } = await import("node:module");
  // The client library is large; Node keeps its compiled form for the next run. Older versions of Node do not have it.
  enableCompileCache?.();
  const load = createRequire(`${process.cwd()}/package.json`);
  return load("gloo-mesh-relay-registration/operations")[name];
}
