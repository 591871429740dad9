import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { repositoryRoot } from "../../sandbox/repositoryRoot";

/** A file of the archive. */
export interface PackedFile {
  readonly path: string;
  /** Permissions, as in a file system. */
  readonly mode: number;
}

/** What `npm pack` would put into the archive, from the present build. Nothing is built: other tests run from bin/ meanwhile. */
export async function packedFiles(): Promise<readonly PackedFile[]> {
  const npm = ["pack", "--dry-run", "--json", "--ignore-scripts"];
  const { stdout } = await promisify(execFile)("npm", npm, { cwd: repositoryRoot(), maxBuffer: 16 * 1024 * 1024 });
  const [archive] = JSON.parse(stdout) as { files: PackedFile[] }[];
  return archive?.files ?? [];
}
