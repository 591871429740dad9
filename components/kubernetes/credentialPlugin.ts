import { type SpawnOptions, spawn } from "node:child_process";
import type { KubeConfig } from "@kubernetes/client-node";
import { startCredentialPluginsWith } from "../base/internals/clientNodeInternals";

/**
 * Limits the time of a kubeconfig's credential plugins. client-node waits for a plugin without a limit, and a process does not end before its
 * children: a plugin that asks for a login would block it for ever. Its standard input is closed, because nobody would see the question.
 */
export function limitCredentialPlugins(config: KubeConfig, seconds: number): void {
  startCredentialPluginsWith(config, (command: string, args: readonly string[] | undefined, options: SpawnOptions) => {
    const plugin = spawn(command, args ?? [], { ...options, stdio: ["ignore", "pipe", "pipe"] });
    const limit = setTimeout(() => {
      plugin.kill("SIGKILL");
      // A child of the plugin may hold them open.
      plugin.stdout.destroy();
      plugin.stderr.destroy();
    }, seconds * 1000);
    plugin.once("close", () => clearTimeout(limit));
    return plugin;
  });
}
