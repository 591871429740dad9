import { join } from "node:path";
import { keepUntilInterrupted, writeEnvironment } from "../sandbox/environmentFile";
import { tutorials } from "./tutorials";
import { TutorialWorld } from "./tutorialWorld";

/**
 * Starts the sandbox of a tutorial, and keeps it until Ctrl-C.
 *
 *     npm run tutorial -- take-over-a-mesh
 */
async function main([name = ""]: readonly string[]): Promise<void> {
  const tutorial = tutorials[name];
  if (tutorial === undefined) {
    console.error(`usage: npm run tutorial -- <page>, one of ${Object.keys(tutorials).join(", ")}`);
    process.exitCode = 2;
    return;
  }
  const interrupted = keepUntilInterrupted();
  const world = await TutorialWorld.start(tutorial.remotes.length, (line) => console.log(line));
  try {
    const file = await writeEnvironment(world.sandbox, await world.prepare(name, tutorial));
    const where = tutorial.folder === "empty" ? "an empty folder" : "this folder";
    console.log(`\nThe sandbox stays until Ctrl-C. In another terminal, in ${where}:\n\n    . ${file}\n`);
    console.log(`Then follow ${join("docs", "tutorial", `${name}.md`)}.`);
    await interrupted;
  } finally {
    await world.stop();
    console.log("sandbox stopped; nothing is left running");
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
