import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { repositoryRoot } from "../../sandbox/repositoryRoot";

// What `npm run docs:api` would refuse, without writing the pages.

test("the API reference has a text for every public name, and its links lead somewhere", async () => {
  const { Application, Logger, LogLevel, TSConfigReader } = await import("typedoc");
  const told: string[] = [];
  class Collecting extends Logger {
    override log(text: string, level: number): void {
      if (level >= LogLevel.Warn) told.push(text);
    }
  }
  const application = await Application.bootstrap({ tsconfig: join(repositoryRoot(), "tsconfig.json") }, [
    new TSConfigReader(),
  ]);
  application.logger = new Collecting();
  const project = await application.convert();
  assert.ok(project);
  application.validate(project);
  assert.deepEqual(told, []);
  const names = project.children?.map(({ name }) => name) ?? [];
  assert.ok(names.includes("GlooMeshRelayRegistration") && names.includes("Cluster"), names.join(", "));
});
