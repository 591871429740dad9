import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { after, describe, test } from "node:test";
import { repositoryRoot } from "../../sandbox/repositoryRoot";

const root = repositoryRoot();

describe("npm run check, with the project's own biome.json", () => {
  const forbidden = [
    ["components/base", "../kubernetes/client"],
    ["components/kubernetes", "../glooMesh/generation"],
    ["components/certificates", "../glooMesh/settings"],
    ["components/glooMesh", "../preflight/preflight"],
    ["components/diagnosis", "../operations/shared/inputs"],
    ["components/preflight/hub", "../../plan/plan"],
    ["components/plan", "../operations/shared/inputs"],
    ["components/operations/proof", "../../preflight/preflight"],
    ["components/operations/shared", "@pulumi/pulumi"],
    ["components/registration", "../operations/proof/proof"],
    ["components/registration/inner", "../../diagnosis/diagnosis"],
    ["cli/report", "../../components/registration/arguments"],
    ["cli/pulumi", "../../components"],
  ] as const;
  const files: Readonly<Record<string, string>> = {
    ...Object.fromEntries(forbidden.map(([folder, specifier]) => [`${folder}/forbidden.ts`, importing(specifier)])),
    "components/registration/allowed.ts": importing("../operations/shared/inputs"),
    "components/base/one.ts": 'import type { Two } from "./two";\n\nexport interface One {\n  readonly two: Two;\n}\n',
    "components/base/two.ts": 'import type { One } from "./one";\n\nexport interface Two {\n  readonly one: One;\n}\n',
    "test/unit/kebab-case.ts": "export const a = 1;\n",
  };
  const findings = lint(files);
  const rulesFor = (file: string) => findings.filter((one) => one.file === file).map(({ rule }) => rule);

  for (const [folder, specifier] of forbidden) {
    test(`refuses that ${folder} imports ${specifier}`, () => {
      assert.deepEqual(rulesFor(`${folder}/forbidden.ts`), ["lint/style/noRestrictedImports"]);
    });
  }

  test("accepts the types that registration and operations share", () => {
    assert.deepEqual(rulesFor("components/registration/allowed.ts"), []);
  });

  test("refuses a circle of types", () => {
    assert.deepEqual(rulesFor("components/base/one.ts"), ["lint/suspicious/noImportCycles"]);
  });

  test("refuses a file name in kebab-case", () => {
    assert.deepEqual(rulesFor("test/unit/kebab-case.ts"), ["lint/style/useFilenamingConvention"]);
  });
});

function importing(specifier: string): string {
  return `import type { X } from "${specifier}";\n\nexport type Y = X;\n`;
}

/** Lints files in a folder of their own, in one run. */
function lint(files: Readonly<Record<string, string>>): { readonly file: string; readonly rule: string }[] {
  const folder = mkdtempSync(join(tmpdir(), "layers-"));
  after(() => rmSync(folder, { recursive: true }));
  const configuration = JSON.parse(readFileSync(join(root, "biome.json"), "utf8")) as object;
  const all = { ...files, "biome.json": JSON.stringify({ ...configuration, vcs: { enabled: false } }) };
  for (const [file, text] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  const biome = join(root, "node_modules/.bin/biome");
  const run = spawnSync(biome, ["lint", "--reporter=github", "--max-diagnostics=none", "."], {
    cwd: folder,
    encoding: "utf8",
  });
  const lines = run.stdout.matchAll(/^::error title=([^,]+),file=([^,]+),/gm);
  return [...lines].map(([, rule = "", file = ""]) => ({ rule, file: relative(realpathSync(folder), file) }));
}

describe("the sources", () => {
  const sources = globSync(["components/**/*.ts", "cli/**/*.ts", "stacks/*.ts"], { cwd: root });

  test("have no two files of one name", () => {
    const names = sources.map((file) => basename(file)).filter((name) => name !== "index.ts");
    assert.deepEqual(duplicates(names), []);
  });

  test("have no two types of one name", () => {
    const types = sources.flatMap((file) =>
      [...readFileSync(join(root, file), "utf8").matchAll(/^(?:export )?(?:interface|type|class) (\w+)/gm)].map(
        ([, name = ""]) => name,
      ),
    );
    assert.deepEqual(duplicates(types), []);
  });

  test("are mirrored by the folders of test/unit", () => {
    const folders = globSync("test/unit/components/**/*.test.ts", { cwd: root }).map((file) =>
      file.replace(/^test\/unit\//, "").replace(/\/[^/]+$/, ""),
    );
    const known = new Set(globSync("components/**/", { cwd: root }));
    assert.deepEqual(
      folders.filter((folder) => !known.has(folder)),
      [],
    );
  });
});

function duplicates(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))].sort();
}
