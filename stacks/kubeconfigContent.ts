import { isKubeconfigContent } from "gloo-mesh-relay-registration";
import { isMap } from "../components/base/json";
import { type Fault, pathOf } from "./clusterSettings";

/** The values of the configuration in which a kubeconfig may stand. */
interface Places {
  readonly kubeconfig: string | undefined;
  readonly defaults: unknown;
  readonly clusters: unknown;
}

/**
 * Content of a kubeconfig that stands in plain text. Pulumi copies plain configuration into its state, and the file is committed: content
 * belongs there as a secret only. Pulumi tells whether a whole key is secret, and encrypts all of it then.
 */
export function contentFaults(
  { kubeconfig, defaults, clusters }: Places,
  isSecret: (key: string) => boolean,
): readonly Fault[] {
  const places: (readonly [top: string, key: string, value: unknown])[] = [
    ["kubeconfig", "kubeconfig", kubeconfig],
    ["defaults", "defaults.kubeconfig", kubeconfigIn(defaults)],
    ...Object.entries(isMap(clusters) ? clusters : {}).map(
      ([name, settings]) => ["clusters", `${pathOf("clusters", name)}.kubeconfig`, kubeconfigIn(settings)] as const,
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

function kubeconfigIn(settings: unknown): unknown {
  return isMap(settings) ? settings["kubeconfig"] : undefined;
}
