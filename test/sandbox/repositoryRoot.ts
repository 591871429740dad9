import { existsSync, readFileSync } from "node:fs";
import * as path from "node:path";

const PACKAGE = "gloo-mesh-relay-registration";

/**
 * The folder of this repository, found from the compiled code as well as from the sources: data files such as charts
 * are not compiled and lie beside the sources only.
 *
 * @throws when no enclosing folder holds the package
 */
export function repositoryRoot(start: string = __dirname): string {
  for (let folder = start; ; folder = path.dirname(folder)) {
    const file = path.join(folder, "package.json");
    if (existsSync(file) && packageName(file) === PACKAGE) return folder;
    if (folder === path.dirname(folder)) throw new Error(`no package.json of ${PACKAGE} at or above ${start}`);
  }
}

function packageName(file: string): unknown {
  const content: unknown = JSON.parse(readFileSync(file, "utf8"));
  return typeof content === "object" && content !== null && "name" in content ? content.name : undefined;
}
