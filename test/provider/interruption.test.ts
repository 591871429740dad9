import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { descendants } from "../sandbox/processes";
import { endStrays } from "../sandbox/processes/strays";
import { launcher, providerProgram } from "../support/dynamicProvider";
import { failureOf, watching } from "./proofWorld";
import { certificatePath, clientSecret, has, installAgent, ownProvider, tokenPath, world } from "./world";

const engine = join(__dirname, "fixtures", "engine.js");

describe("an interrupted wait", () => {
  test("GMR507: Cancel ends it, and it is kept for the next run", async (context) => {
    const { remote, token, certificateInputs } = await world(context);
    installAgent(remote, token);
    const process = await ownProvider(context, "clientCertificate");
    const proving = failureOf(process.create(certificateInputs({ timeoutSeconds: 3600 })));
    await watching(remote);
    await process.cancel();
    const failure = await proving;
    assert.match(failure.message, /^GMR507 .*cancelled/);
    assert.equal(failure.id, `${remote.identity}/gloo-mesh/relay-client-tls-secret`);
    assert.ok(has(remote, tokenPath));
  });

  test("a killed engine ends the process, also with Pulumi's launcher in between, whose child it stays", async (context) => {
    await endsWithItsEngine(context, "held", [launcher]);
  });

  test("a killed engine ends the process that it has started without a stdin", async (context) => {
    await endsWithItsEngine(context, "none", [process.execPath, providerProgram]);
  });

  test("a stdin that was over from the start says nothing of the engine", async (context) => {
    const { remote, token, certificateInputs } = await world(context);
    installAgent(remote, token);
    const provider = await behindEngine(context, "ended", [process.execPath, providerProgram]);
    const proving = provider.create(certificateInputs());
    await watching(remote);
    remote.store.put(certificatePath, await clientSecret());
    assert.equal((await proving).outs["proof"], "agent");
  });

  test("the look-out for it keeps no process alive", async (context) => {
    const program = `require(${JSON.stringify(require.resolve("../../components/operations/shared/interruption"))}).interruptionSignal()`;
    // The engine of these tests ends when its child has.
    const watched = spawn(process.execPath, [engine, "held", process.execPath, "-e", program]);
    context.after(() => watched.kill("SIGKILL"));
    const [code] = await once(watched, "exit");
    assert.equal(code, 0);
  });
});

/** The process that an engine has started with this command, and with such a stdin; see there. */
async function behindEngine(context: TestContext, stdin: "held" | "ended" | "none", command: readonly string[]) {
  const provider = await ownProvider(context, "clientCertificate", [engine, stdin, ...command, "127.0.0.1:1"]);
  const started = descendants(provider.process.pid ?? Number.NaN);
  context.after(() => endStrays(started));
  return provider;
}

async function endsWithItsEngine(context: TestContext, stdin: "held" | "none", command: readonly string[]) {
  const { remote, token, certificateInputs } = await world(context);
  installAgent(remote, token);
  const provider = await behindEngine(context, stdin, command);
  const proving = failureOf(provider.create(certificateInputs({ timeoutSeconds: 3600 })));
  await watching(remote);
  provider.process.kill("SIGKILL");
  // The orphan holds the pipe as long as it lives: its end is the process's end.
  await once(provider.process, "close");
  await proving;
  assert.ok(has(remote, tokenPath));
}
