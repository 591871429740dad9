import { createRootAuthority } from "../sandbox/relay";
import { FakeKubeApi, secret } from "../support/fakeKubeApi";

export const token = "the-bootstrap-token-of-the-hub-0123456789";

let root: ReturnType<typeof createRootAuthority> | undefined;
/** The relay's root CA: one for the process, since its key is slow to make. */
export function relayRoot(): ReturnType<typeof createRootAuthority> {
  root ??= createRootAuthority();
  return root;
}

/** What takes care of the end: a test, or who acts for several. */
export interface Cleaning {
  after(clean: () => Promise<void>): void;
}

/** An API server that ends with the test. */
export async function startApi(context: Cleaning, name: string): Promise<FakeKubeApi> {
  const api = await FakeKubeApi.start(name);
  context.after(() => api.stop());
  return api;
}

/** A management cluster with everything that a registration needs there. */
export async function startHub(context: Cleaning): Promise<FakeKubeApi> {
  const hub = await startApi(context, "management");
  const authority = await relayRoot();
  const namespace = "/api/v1/namespaces/gloo-mesh";
  hub.store.put(namespace, { kind: "Namespace" });
  const data = { "ca.crt": authority.certificatePem, "tls.key": authority.privateKeyPem() };
  hub.store.put(`${namespace}/secrets/relay-root-tls-secret`, secret(data));
  hub.store.put(`${namespace}/secrets/relay-identity-token-secret`, secret({ token }));
  return hub;
}
