import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { GlooMeshRelayRegistrationArgs } from "./arguments";
import type { Problem } from "./problems";
import { RegistrationResourceError } from "./resourceError";

/** Refuses at once what no value can mend: providers in the options (GMR005) and arguments that contradict each other (GMR008). */
export function refuseMistakes(
  component: pulumi.Resource,
  args: GlooMeshRelayRegistrationArgs,
  opts: pulumi.ComponentResourceOptions,
): void {
  const problems = [...misplacedProviders(opts), ...contradictions(args)];
  if (problems.length > 0) throw new RegistrationResourceError(problems, component);
}

/** Two providers of one package cannot travel in the options, and one of them would silently not apply. */
function misplacedProviders(opts: pulumi.ComponentResourceOptions): Problem[] {
  const list = opts.providers ?? [];
  const given = [...(Array.isArray(list) ? list : Object.values(list)), ...(opts.provider ? [opts.provider] : [])];
  if (!given.some((provider) => kubernetes.Provider.isInstance(provider))) return [];
  return [
    {
      code: "GMR005",
      what: "A Kubernetes provider was passed through the resource options",
      where: "[opts.provider], [opts.providers]",
      cause: "a registration works on two clusters, and the options can carry only one provider of a package",
      next: "give the clusters as [management] and [remote]",
    },
  ];
}

function contradictions({ selfRegistration, token, namespace }: GlooMeshRelayRegistrationArgs): Problem[] {
  if (!selfRegistration) return [];
  const given = [...(token?.retain ? ["token.retain"] : []), ...(namespace?.create ? ["namespace.create"] : [])];
  return given.map((argument) => ({
    code: "GMR008" as const,
    what: `[${argument}] cannot be set together with selfRegistration`,
    where: `[${argument}]`,
    cause: "on the management cluster the namespace and the token belong to the hub",
    next: `leave ${argument} out`,
  }));
}
