// Entry point of the plugin process; the shell script that install.ts writes sets the environment.
import { serve } from "../engine/serve";
import { KubernetesProvider } from "./provider";

function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is missing: the stand-in plugin is started through its installed script`);
  return value;
}

void serve(
  (host) =>
    new KubernetesProvider(host, {
      version: setting("STAND_IN_VERSION"),
      helm: setting("STAND_IN_HELM"),
      helmHome: setting("STAND_IN_HELM_HOME"),
    }),
);
