import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { parseProblem } from "../../../../components/base/problems";
import { providerText } from "../../../../components/registration/providerText";

// Where package managers put a package, and whether the text in Pulumi's state finds it there. Pulumi's host runs the text in the program's folder,
// also for a destroy, in which the program does not run.

const component = "gloo-mesh-relay-registration";

/** Compiles and calls a text as Pulumi's host does (@pulumi/pulumi, cmd/dynamic-provider, require-from-string). */
const host = `
const Module = require("node:module");
const [, , text, operation] = process.argv;
const loaded = new Module("", module);
loaded._compile(text, "");
loaded.exports.handler()[operation]({}).then(console.log, (error) => console.log(String(error), error.stack));
`;

/** A folder on this machine with the files of one layout. */
class Layout {
  constructor(readonly root: string) {}

  package(folder: string, name: string, manifest: object = {}): string {
    const at = join(this.root, folder);
    mkdirSync(at, { recursive: true });
    writeFileSync(join(at, "package.json"), JSON.stringify({ name, ...manifest }));
    return at;
  }

  /** The component, whose operation returns `says`. */
  component(folder: string, says = "found"): void {
    const at = this.package(folder, component, { exports: { "./operations": "./operations.js" } });
    const operations = `exports.preparation = { delete: async () => ${JSON.stringify(says)} };`;
    writeFileSync(join(at, "operations.js"), operations);
  }

  /** Pulumi's SDK, from which the host runs. */
  sdk(folder = "node_modules/@pulumi/pulumi"): string {
    const at = join(this.package(folder, "@pulumi/pulumi"), "host.js");
    writeFileSync(at, host);
    return at;
  }

  link(from: string, to: string): void {
    const at = join(this.root, from);
    mkdirSync(dirname(at), { recursive: true });
    symlinkSync(relative(dirname(at), join(this.root, to)), at, "dir");
  }

  async delete(folder = ".", sdk = this.sdk()): Promise<string> {
    const args = [realpathSync(sdk), providerText("preparation"), "delete"];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: join(this.root, folder) });
    return stdout.trim();
  }
}

function layout(context: TestContext): Layout {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "layout-")));
  context.after(() => rmSync(root, { recursive: true, force: true }));
  return new Layout(root);
}

const needsPlatform = { dependencies: { platform: "1.0.0" } };
const needsComponent = { dependencies: { [component]: "1.0.0" } };

describe("the text in Pulumi's state finds the package", () => {
  test("as a dependency of the program", async (context) => {
    const files = layout(context);
    files.package(".", "program", needsComponent);
    files.component(`node_modules/${component}`);
    assert.equal(await files.delete(), "found");
  });

  test("as the program itself", async (context) => {
    const files = layout(context);
    files.component(".");
    assert.equal(await files.delete(), "found");
  });

  test("nested below another package, as npm does for a second version", async (context) => {
    const files = layout(context);
    files.package(".", "program", needsPlatform);
    files.package("node_modules/platform", "platform", needsComponent);
    files.component(`node_modules/platform/node_modules/${component}`);
    assert.equal(await files.delete(), "found");
  });

  test("behind two packages, one of them with a scope", async (context) => {
    const files = layout(context);
    files.package(".", "program", { devDependencies: { "@corp/base": "1.0.0" } });
    files.package("node_modules/@corp/base", "@corp/base", { peerDependencies: { platform: "1.0.0" } });
    files.package("node_modules/@corp/base/node_modules/platform", "platform", needsComponent);
    files.component(`node_modules/@corp/base/node_modules/platform/node_modules/${component}`);
    assert.equal(await files.delete(), "found");
  });

  test("in pnpm's store, where only the package that depends on it sees it", async (context) => {
    const files = layout(context);
    files.package(".", "program", needsPlatform);
    const store = "node_modules/.pnpm";
    files.package(`${store}/platform@1.0.0/node_modules/platform`, "platform", needsComponent);
    files.component(`${store}/${component}@1.0.0/node_modules/${component}`);
    files.link(
      `${store}/platform@1.0.0/node_modules/${component}`,
      `${store}/${component}@1.0.0/node_modules/${component}`,
    );
    files.link("node_modules/platform", `${store}/platform@1.0.0/node_modules/platform`);
    assert.equal(await files.delete(), "found");
  });

  test("behind a package of the same workspace", async (context) => {
    const files = layout(context);
    files.package(".", "workspace", { workspaces: ["packages/*"] });
    files.package("packages/program", "program", { dependencies: { platform: "workspace:*" } });
    files.package("packages/platform", "platform", needsComponent);
    files.component(`packages/platform/node_modules/${component}`);
    files.link("node_modules/platform", "packages/platform");
    assert.equal(await files.delete("packages/program"), "found");
  });

  test("behind a package that is linked from outside", async (context) => {
    const files = layout(context);
    files.package("program", "program", needsPlatform);
    files.package("elsewhere/platform", "platform", needsComponent);
    files.component(`elsewhere/platform/node_modules/${component}`);
    files.link("program/node_modules/platform", "elsewhere/platform");
    assert.equal(await files.delete("program"), "found");
  });

  test("from a program in a folder of its own, without a package.json, below the one that drives it", async (context) => {
    const files = layout(context);
    files.package(".", "driver", needsPlatform);
    files.package("node_modules/platform", "platform", needsComponent);
    files.component(`node_modules/platform/node_modules/${component}`);
    mkdirSync(join(files.root, "infra/clusters"), { recursive: true });
    assert.equal(await files.delete("infra/clusters"), "found");
  });

  test("from a folder that has nothing to do with the driver, by way of Pulumi's SDK", async (context) => {
    const files = layout(context);
    files.package("driver", "driver", needsPlatform);
    files.package("driver/node_modules/platform", "platform", needsComponent);
    files.component(`driver/node_modules/platform/node_modules/${component}`);
    mkdirSync(join(files.root, "work"));
    assert.equal(await files.delete("work", files.sdk("driver/node_modules/@pulumi/pulumi")), "found");
  });

  test("among packages that depend on each other, some of them broken or not installed", async (context) => {
    const files = layout(context);
    files.package(".", "program", { dependencies: { broken: "1", absent: "1", one: "1" } });
    files.package("node_modules/one", "one", { dependencies: { other: "1" } });
    files.package("node_modules/other", "other", { dependencies: { one: "1", ...needsComponent.dependencies } });
    files.component(`node_modules/other/node_modules/${component}`);
    mkdirSync(join(files.root, "node_modules/broken"));
    writeFileSync(join(files.root, "node_modules/broken/package.json"), "{");
    assert.equal(await files.delete(), "found");
  });

  test("the program's own before one of another package", async (context) => {
    const files = layout(context);
    files.package(".", "program", { dependencies: { ...needsPlatform.dependencies, ...needsComponent.dependencies } });
    files.package("node_modules/platform", "platform", needsComponent);
    files.component(`node_modules/platform/node_modules/${component}`, "the other's");
    files.component(`node_modules/${component}`, "its own");
    assert.equal(await files.delete(), "its own");
  });

  test("after the package has moved, and in another folder", async (context) => {
    const files = layout(context);
    files.package("checkout", "program", needsComponent);
    files.component(`checkout/node_modules/${component}`);
    assert.equal(await files.delete("checkout", files.sdk("checkout/node_modules/@pulumi/pulumi")), "found");
    files.package("checkout", "program", needsPlatform);
    files.package("checkout/node_modules/platform", "platform", needsComponent);
    mkdirSync(join(files.root, "checkout/node_modules/platform/node_modules"));
    renameSync(
      join(files.root, `checkout/node_modules/${component}`),
      join(files.root, `checkout/node_modules/platform/node_modules/${component}`),
    );
    cpSync(join(files.root, "checkout"), join(files.root, "another"), { recursive: true });
    rmSync(join(files.root, "checkout"), { recursive: true });
    assert.equal(await files.delete("another", files.sdk("another/node_modules/@pulumi/pulumi")), "found");
  });
});

describe("the text in Pulumi's state reports", () => {
  test("GMR510 with where it looked, once and without a stack, if the package is nowhere", async (context) => {
    const files = layout(context);
    files.package(".", "program", needsPlatform);
    files.package("node_modules/platform", "platform", { dependencies: { program: "1" } });
    const sdk = files.sdk();
    const printed = await files.delete();
    assert.deepEqual(parseProblem(printed), {
      code: "GMR510",
      what: "The package gloo-mesh-relay-registration is not installed",
      where: files.root,
      cause: `neither there, above it, in a dependency, nor beside Pulumi's SDK in ${dirname(sdk)}`,
      next: "run npm ci (pnpm install, yarn install) for the program in that folder; if that is not enough, add gloo-mesh-relay-registration to the dependencies in its package.json see the error",
    });
  });

  test("an error of the package as it is", async (context) => {
    const files = layout(context);
    files.package(".", "program", needsComponent);
    files.component(`node_modules/${component}`);
    writeFileSync(join(files.root, `node_modules/${component}/operations.js`), `require("a-dependency-of-it");`);
    assert.match(await files.delete(), /^Error: Cannot find module 'a-dependency-of-it'/);
  });
});
