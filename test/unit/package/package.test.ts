import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { repositoryRoot } from "../../sandbox/repositoryRoot";
import { type PackedFile, packedFiles } from "./packing";

// The archive that users install. That it works in a project of theirs is the subject of test/teams/package.test.ts.

const root = repositoryRoot();

interface Manifest {
  readonly version: string;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly engines: { readonly node: string };
}
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;

describe("the archive", () => {
  let files: readonly PackedFile[] = [];
  before(async () => {
    files = await packedFiles();
  });

  test("holds what is built from the library's sources, the documents, and nothing else", () => {
    const built = globSync(["components/**/*.ts", "cli/**/*.ts"], { cwd: root }).flatMap((source) =>
      [".js", ".d.ts"].map((ending) => join("bin", source.replace(/\.ts$/, ending))),
    );
    const documents = globSync(["docs/**/*.md", "docs/reference/*.json"], { cwd: root, exclude: ["docs/api"] });
    const others = ["CHANGELOG.md", "LICENSE", "README.md", "SECURITY.md", "package.json"];
    assert.deepEqual(files.map(({ path }) => path).sort(), [...built, ...documents, ...others].sort());
  });

  test("imports nothing but Node, what it depends on, and itself", () => {
    const { dependencies, peerDependencies } = manifest;
    const known = new Set([
      ...Object.keys(dependencies),
      ...Object.keys(peerDependencies),
      "gloo-mesh-relay-registration",
    ]);
    const foreign = files
      .filter(({ path }) => /\.(js|d\.ts)$/.test(path))
      .flatMap(({ path }) =>
        [
          ...readFileSync(join(root, path), "utf8").matchAll(
            /(?:require|import)\("([^".][^"]*)"\)|from "([^".][^"]*)"/g,
          ),
        ]
          .map(([, required, from]) => required ?? from ?? "")
          .filter((name) => !name.startsWith("node:") && !known.has(packageOf(name)))
          .map((name) => `${path}: ${name}`),
      );
    assert.deepEqual(foreign, []);
  });

  test("finds no fault with publint", async () => {
    const { publint } = await import("publint");
    const { formatMessage } = await import("publint/utils");
    const packed = files.map(({ path }) => ({ name: join("package", path), data: readFileSync(join(root, path)) }));
    const { messages, pkg } = await publint({
      pkgDir: "package",
      strict: true,
      level: "suggestion",
      pack: { files: packed },
    });
    assert.deepEqual(
      messages.map((message) => formatMessage(message, pkg)),
      [],
    );
  });
});

describe("package.json", () => {
  test("has a semantic version, and a section of it in the changelog that is the newest", () => {
    assert.match(manifest.version, /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/);
    const changelog = readFileSync(join(root, "CHANGELOG.md"), "utf8");
    const sections = [...changelog.matchAll(/^## \[(.+?)\](?: - (.+))?$/gm)].filter(
      ([, name]) => name !== "Unreleased",
    );
    const [newest, date] = sections[0]?.slice(1) ?? [];
    assert.equal(newest, manifest.version);
    assert.match(date ?? "", /^(unreleased|\d{4}-\d{2}-\d{2})$/);
  });

  test("leaves the choice of Pulumi's SDKs that cross its border to the program, and brings the others", () => {
    assert.deepEqual(Object.keys(manifest.peerDependencies).sort(), ["@pulumi/kubernetes", "@pulumi/pulumi"]);
    const brought = Object.keys(manifest.dependencies);
    assert.deepEqual(
      brought.filter((name) => name in manifest.peerDependencies),
      [],
    );
    assert.ok(brought.includes("@pulumi/command"));
  });

  test("names the same Node and Pulumi as the documents of the support window", () => {
    const window = readFileSync(join(root, "docs/reference/compatibility.md"), "utf8");
    const { engines, peerDependencies } = manifest;
    for (const [name, range] of Object.entries({ Node: engines.node, ...peerDependencies })) {
      assert.ok(window.includes(`| ${name} | \`${range}\` |`), `${name} ${range}`);
    }
  });
});

/** `@scope/name/path` → `@scope/name`, `name/path` → `name`. */
function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}
