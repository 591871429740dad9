import { type SpawnOptions, spawn } from "node:child_process";
import type { KubeConfig } from "@kubernetes/client-node";
import { startCredentialPluginsWith } from "../base/internals/clientNodeInternals";

/**
 * Gives the credential plugins of a kubeconfig an end. client-node waits for a plugin without a limit, and a process does not end before its
 * children: one that asks somebody to log in would keep it for ever. It cannot ask on its input, either, which nobody sees.
 */
export function limitCredentialPlugins(config: KubeConfig, seconds: number): void {
  startCredentialPluginsWith(config, (command: string, args: readonly string[] | undefined, options: SpawnOptions) => {
    const plugin = spawn(command, args ?? [], { ...options, stdio: ["ignore", "pipe", "pipe"] });
    const limit = setTimeout(() => {
      plugin.kill("SIGKILL");
      // What the plugin has started may hold them open.
      plugin.stdout.destroy();
      plugin.stderr.destroy();
    }, seconds * 1000);
    plugin.once("close", () => clearTimeout(limit));
    return plugin;
  });
}
