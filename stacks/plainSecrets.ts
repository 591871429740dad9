import { isMap } from "../components/base/json";
import { isKubeconfigContent } from "../components/kubernetes/access";
import { type Fault, pathOf } from "./clusterSettings";

/** The values of the configuration that may contain a kubeconfig or a password. */
interface Places {
  readonly kubeconfig: string | undefined;
  readonly management: unknown;
  readonly defaults: unknown;
  readonly clusters: unknown;
}

/**
 * Faults for each kubeconfig content and each password in plain text. Pulumi copies plain configuration into its state, and the configuration file is
 * committed, so both must be secrets. Pulumi marks a whole top-level key as secret, and encrypts all of it.
 */
export function plainSecretFaults(
  { kubeconfig, management, defaults, clusters }: Places,
  isSecret: (key: string) => boolean,
): readonly Fault[] {
  const places: (readonly [top: string, key: string, settings: unknown])[] = [
    ["defaults", "defaults", defaults],
    ...Object.entries(isMap(clusters) ? clusters : {}).map(
      ([name, settings]) => ["clusters", pathOf("clusters", name), settings] as const,
    ),
  ];
  const faults = [
    ["kubeconfig", "kubeconfig", contentFault(kubeconfig)] as const,
    ["management", "management.kubeconfig", contentFault(valueIn(management, "kubeconfig"))] as const,
    ...places.flatMap(([top, key, settings]) => [
      [top, `${key}.remote.kubeconfig`, contentFault(valueIn(valueIn(settings, "remote"), "kubeconfig"))] as const,
      [top, `${key}.agent.repositoryPassword`, passwordFault(valueIn(settings, "agent"))] as const,
    ]),
  ];
  return faults.flatMap(([top, key, fault]) => (fault && !isSecret(top) ? [{ key, ...fault }] : []));
}

function contentFault(value: unknown): Omit<Fault, "key"> | undefined {
  if (typeof value !== "string" || !isKubeconfigContent(value)) return undefined;
  return {
    what: "contains a kubeconfig in plain text, which Pulumi copies into its state",
    accepted: "the path of a file, or the content as a secret (--secret)",
  };
}

function passwordFault(agent: unknown): Omit<Fault, "key"> | undefined {
  if ((valueIn(agent, "repositoryPassword") ?? "") === "") return undefined;
  return {
    what: "is a password in plain text, which Pulumi copies into its state",
    accepted: "the password as a secret (--secret)",
  };
}

function valueIn(settings: unknown, key: string): unknown {
  return isMap(settings) ? settings[key] : undefined;
}
