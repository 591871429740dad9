import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { delimiter, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { KubernetesClient } from "../../components/kubernetes/client";
import { ensureTools } from "../toolchain";
import { clusterCases } from "./cases/clusters";
import { fileCases } from "./cases/files";
import type { KubeconfigCase } from "./cases/kubeconfigCase";
import { pluginCases } from "./cases/plugins";
import { proxyCases } from "./cases/proxies";
import { userCases } from "./cases/users";
import { type Seen, World } from "./world";

// kubectl is the oracle: with the same kubeconfig both connect, as the same user, or both refuse, and our message names the side.

const families = {
  clusters: clusterCases,
  users: userCases,
  plugins: pluginCases,
  files: fileCases,
  proxies: proxyCases,
};
const proxyVariables = ["HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "KUBECONFIG"].flatMap((name) => [
  name,
  name.toLowerCase(),
]);

let world: World;
let kubectl = "";
const environment = { ...process.env };
before(async () => {
  world = await World.start();
  kubectl = (await ensureTools()).kubectl.path;
});
after(async () => {
  process.env = environment;
  await world.stop();
  const cases = Object.values(families).flat();
  console.log(`kubeconfig: ${agreements} of ${cases.length} kubeconfigs mean the same for kubectl and for us`);
});
let agreements = 0;

/** What a client did: undefined if it connected, else its words. */
async function kubectlOn(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = execFile(kubectl, [...args, "version"], { env, timeout: 60_000 }, (error, _, stderr) =>
      resolve(error ? stderr || error.message : undefined),
    );
    child.stdin?.end();
  });
}

async function oursOn(access: { kubeconfig?: string; context?: string }): Promise<string | undefined> {
  try {
    const client = await KubernetesClient.open(access, { accountFolder: join(world.folder, "no-account") });
    await client.readText("/version", { timeoutSeconds: 30 });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

async function compare(given: KubeconfigCase): Promise<void> {
  const content = given.content(world);
  const path = given.isList ? undefined : world.file("kubeconfig", content);
  const base = Object.fromEntries(Object.entries(environment).filter(([name]) => !proxyVariables.includes(name)));
  const env = {
    ...base,
    HOME: world.folder,
    PATH: `${join(world.folder, "path")}${delimiter}${environment["PATH"]}`,
    ...(given.isList && { KUBECONFIG: content }),
    ...given.env?.(world),
  };
  process.env = { ...env };
  world.seen.clear();
  const context = given.context === undefined ? {} : { context: given.context };
  const args = [...(path ? ["--kubeconfig", path] : []), ...(given.context ? ["--context", given.context] : [])];
  const theirs = await kubectlOn(args, env);
  const ours = await oursOn({ ...(path && { kubeconfig: path }), ...context });

  if (given.refused) {
    assert.ok(theirs !== undefined, `kubectl connects; ours: ${ours}`);
    assert.match(ours ?? "ours connects", given.refused, `kubectl: ${theirs}`);
  } else {
    assert.equal(theirs, undefined, `kubectl refuses; ours: ${ours}`);
    assert.equal(ours, undefined);
    assert.deepEqual(userOf("ours"), userOf("kubectl"));
  }
  agreements += 1;
}

function userOf(client: string): Seen {
  const seen = world.seen.get(client);
  assert.ok(seen, `${client} did not reach the API server`);
  return seen;
}

for (const [family, cases] of Object.entries(families)) {
  describe(family, () => {
    for (const given of cases) test(given.name, () => compare(given));
  });
}
