import { isMap } from "../components/base/json";
import { isKubeconfigContent } from "../components/kubernetes/access";
import { type Fault, pathOf } from "./clusterSettings";

/** The values of the configuration that may hold a kubeconfig. */
interface Places {
  readonly kubeconfig: string | undefined;
  readonly management: unknown;
  readonly defaults: unknown;
  readonly clusters: unknown;
}

/**
 * Content of a kubeconfig in plain text. Pulumi copies plain configuration into its state, and the file is committed: content must be a secret
 * there. Pulumi knows whether a whole key is secret, and encrypts all of it then.
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
      what: "holds the content of a kubeconfig in plain text, which Pulumi copies into its state",
      accepted: "the path of a file, or content as a secret (--secret)",
    }));
}

function valueIn(settings: unknown, key: string): unknown {
  return isMap(settings) ? settings[key] : undefined;
}
