import assert from "node:assert/strict";
import type { SandboxCluster } from "../../sandbox/sandbox";
import type { PulumiWorkspace } from "../../sandbox/workspace";
import { becomes } from "./agents";
import { clientFingerprint, connectedAgents, hasToken, releaseStatuses } from "./clusters";
import { type RegistrationOutput, registrationOf } from "./runs";
import type { World } from "./world";

/**
 * Asserts by looking at both clusters that a registration is what it should be: proven in the outputs, the certificate the one
 * that lies there, connected at the hub, token gone, release deployed.
 */
export async function assertRegistered(
  world: World,
  stack: Pick<PulumiWorkspace, "exportState">,
  clusterName: string,
  remote: SandboxCluster,
  namespace = "gloo-mesh",
): Promise<RegistrationOutput> {
  const registration = await registrationOf(stack, clusterName);
  assert.equal(registration.proof, "agent");
  assert.equal(registration.certificateFingerprint, await clientFingerprint(remote, namespace));
  await becomes(() => connectedAgents(world.sandbox, clusterName), 1);
  assert.equal(await hasToken(remote, namespace), false);
  assert.equal((await releaseStatuses(remote, namespace)).at(-1), "deployed");
  return registration;
}
