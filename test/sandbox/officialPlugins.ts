import { mkdir, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { cacheFolder, type Tools, withLock } from "../toolchain";
import { installPlugins } from "./plugins";

const retryAfterMs = 3600 * 1000;

/**
 * A folder laid out like PULUMI_HOME/plugins that may hold official plugins. They are downloaded once and shared by all
 * sandboxes of this user. After a failure an hour passes before the next try: without a way to the vendor each takes seconds.
 */
export async function officialPlugins(tools: Tools, report: (line: string) => void = () => undefined): Promise<string> {
  const home = join(dirname(cacheFolder(process.env)), "plugins");
  await mkdir(home, { recursive: true });
  await withLock(join(home, "lock"), { onWait: () => report("waiting for another download of plugins") }, async () => {
    const failed = join(home, "download-failed");
    if (await isYoung(failed)) return;
    report("looking for official plugins");
    const { pulumi, helm } = tools;
    const found = await installPlugins({
      pulumiHome: home,
      pulumi: pulumi.path,
      helm: helm.path,
      node: process.execPath,
    });
    const missing = Object.values(found).some(({ source }) => source !== "official");
    await (missing ? writeFile(failed, "") : rm(failed, { force: true }));
  });
  return join(home, "plugins");
}

async function isYoung(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs < retryAfterMs;
}
