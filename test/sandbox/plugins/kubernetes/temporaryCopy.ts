import { randomInt } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kubeconfigPath } from "./kubeconfig";

/**
 * Writes a copy of the kubeconfig into the folder for temporary files, and never removes it: so the official plugin does at each start when a
 * provider is given a kubeconfig, as a path or as content. It writes none for the ambient kubeconfig.
 */
export function leaveCopy(kubeconfig: string | undefined): void {
  if (!kubeconfig) return;
  const file = kubeconfigPath(kubeconfig);
  const copy = join(tmpdir(), `kubeconfig${randomInt(1e9, 1e10)}`);
  writeFileSync(copy, file === undefined ? kubeconfig : readFileSync(file), { mode: 0o600 });
}
