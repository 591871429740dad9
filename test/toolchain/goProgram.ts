import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { cacheFolder } from "./cache";
import { go } from "./catalogue";
import { withLock } from "./lock";
import { candidates, executable } from "./onPath";

const run = promisify(execFile);

/**
 * Builds a Go program of this repository, with the modules of its go.sum, into the cache of the tools; a second call finds it there.
 * Its name in the cache holds a hash of its sources and the version of Go, so that a change of either builds again.
 * @throws when there is no Go, or with what go build prints.
 */
export async function buildGoProgram(name: string, folder: string, env = process.env): Promise<string> {
  const [goPath] = await candidates("go", env);
  if (goPath === undefined) throw new Error(`Go ${go.minimum} or newer is not on PATH; see ${go.installation}`);
  const options = { cwd: folder, env: { ...env, GOWORK: "off", CGO_ENABLED: "0" } };
  const hash = createHash("sha256").update((await run(goPath, ["version"], options)).stdout);
  const sources = (await readdir(folder)).filter((file) => /\.go$|^go\./.test(file)).sort();
  for (const file of sources) hash.update(`${file}\0`).update(await readFile(join(folder, file)));
  const cache = cacheFolder(env);
  const finished = join(cache, `${name}-${hash.digest("hex").slice(0, 16)}`);
  const program = join(finished, name);
  if (await executable(program)) return program;
  await mkdir(cache, { recursive: true });
  return withLock(`${finished}.lock`, {}, async () => {
    if (await executable(program)) return program;
    const unfinished = await mkdtemp(`${finished}.building-`);
    try {
      await run(goPath, ["build", "-trimpath", "-ldflags=-s -w", "-o", join(unfinished, name), "."], options);
      await rm(finished, { recursive: true, force: true });
      await rename(unfinished, finished);
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
    return program;
  });
}
