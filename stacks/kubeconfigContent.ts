import { isMap } from "../components/base/json";
import { isKubeconfigContent } from "../components/kubernetes/access";
import { type Fault, pathOf } from "./clusterSettings";

/** The values of the configuration that may contain a kubeconfig. */
interface Places {
  readonly kubeconfig: string | undefined;
  readonly management: unknown;
  readonly defaults: unknown;
  readonly clusters: unknown;
}

/**
 * Faults for each kubeconfig content in plain text. Pulumi copies plain configuration into its state, and the configuration file is committed, so
 * content must be a secret. Pulumi marks a whole top-level key as secret, and encrypts all of it.
 */
export function contentFaults(
  { kubeconfig, management, defaults, clusters }: Places,
  isSecret: (key: string) => boolean,
): readonly Fault[] {
  const remotes = [
    ["defaults", "defaults", defaults] as const,
    ...Object.entries(isMap(clusters) ? clusters : {}).map(
      ([name, settings]) => ["clusters", pathOf("clusters", name), settings] as const,
    ),
  ];
  const places: (readonly [top: string, key: string, value: unknown])[] = [
    ["kubeconfig", "kubeconfig", kubeconfig],
    ["management", "management.kubeconfig", valueIn(management, "kubeconfig")],
    ...remotes.map(
      ([top, key, settings]) =>
        [top, `${key}.remote.kubeconfig`, valueIn(valueIn(settings, "remote"), "kubeconfig")] as const,
    ),
  ];
  return places
    .filter(([top, , value]) => typeof value === "string" && isKubeconfigContent(value) && !isSecret(top))
    .map(([, key]) => ({
      key,
      what: "contains a kubeconfig in plain text, which Pulumi copies into its state",
      accepted: "the path of a file, or the content as a secret (--secret)",
    }));
}

function valueIn(settings: unknown, key: string): unknown {
  return isMap(settings) ? settings[key] : undefined;
}
