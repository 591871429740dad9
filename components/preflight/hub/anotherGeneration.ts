import { RegistrationError } from "../../base/problems";
import { type Generation, generations } from "../../glooMesh/generation";
import { versionOutside } from "../../glooMesh/validateSettings";
import { unlessRefused } from "../../kubernetes/errors";
import { paths } from "../../kubernetes/objects";
import type { Found } from "../discovery/found";
import type { PreflightRequest, Side } from "../request";

// Another product generation on the management cluster than [generation] says: GMR228. Alone, since every other finding follows from it.

/** Refuses a relay server whose version is none of the generation's. */
export function refuseAnotherGeneration(
  serverVersion: Found | undefined,
  { generation }: Pick<PreflightRequest, "generation">,
  where: string,
): void {
  const fault = serverVersion && versionOutside(serverVersion.value, generation.versions);
  if (!fault) return;
  const other = Object.values(generations).find(({ versions }) => !versionOutside(serverVersion.value, versions));
  throw anotherGeneration(
    generation,
    `${where}, ${serverVersion.source}`,
    `its relay server has the version ${serverVersion.value}; ${fault}`,
    other
      ? setGeneration(other)
      : `upgrade Gloo Mesh on the management cluster, for example to ${generation.versions.example}`,
  );
}

/** Refuses a management cluster that runs the relay server of another generation, and not this one's. */
export async function refuseAnotherServer(
  side: Side,
  { generation, settings: { managementNamespace: namespace } }: PreflightRequest,
  where: string,
): Promise<void> {
  for (const other of Object.values(generations)) {
    if (other === generation) continue;
    if (!(await hasRelayServer(side, namespace, other))) continue;
    const { name } = other.relayServer;
    const cause = `it runs ${name}, and no ${generation.relayServer.name}`;
    throw anotherGeneration(generation, `${where}, Deployment ${namespace}/${name}`, cause, setGeneration(other));
  }
}

/** Whether the management cluster has the relay server of a generation; false also where that cannot be read. */
export async function hasRelayServer(
  { cluster, access }: Side,
  namespace: string,
  { relayServer }: Generation,
): Promise<boolean> {
  const path = paths.deployment(namespace, relayServer.name);
  return (await unlessRefused(cluster.lookUp(access, `find ${path}`, (client) => client.find(path)))) !== undefined;
}

function setGeneration({ name }: Generation): string {
  return `set [generation] to "${name}"`;
}

function anotherGeneration({ name }: Generation, where: string, cause: string, next: string): RegistrationError {
  const what = `The management cluster runs another generation of Gloo Mesh than ${name}`;
  return new RegistrationError({ code: "GMR228", what, where, cause, next });
}
