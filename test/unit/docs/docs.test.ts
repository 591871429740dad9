import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { parse, parseAllDocuments } from "yaml";
import { argumentRows } from "../../../components/glooMesh/argumentKinds";
import { clusterForm } from "../../../stacks/clusterSettings";
import { replaceBetween } from "../../bench/markdown";
import { Compiled } from "../../reference/compiling";
import { Declarations } from "../../reference/declarations";
import { generatedParts } from "../../reference/documents";
import { repositoryRoot } from "../../sandbox/repositoryRoot";
import { keysRead } from "./configurationKeys";
import { documentFiles, markdownOf, readDocument } from "./documentFiles";
import { eksTypes } from "./eksTypes";
import { firstColumn, sectionOf } from "./markdown";

// The documents against the sources. Whether the sentences are true is for readers.

const root = repositoryRoot();
/** Decisions are of their time: their programs need not compile. */
const documents = documentFiles.filter((file) => !file.startsWith("docs/decisions/"));

const documentExamples = Object.fromEntries(
  documents.flatMap((document) =>
    markdownOf(document)
      .codeBlocks.filter(({ language }) => language === "ts")
      .map(({ code }, index) => [`${document.replaceAll("/", "-")}-${index + 1}.ts`, code]),
  ),
);
const examples = Object.fromEntries(
  globSync("{examples,templates}/**/index.ts", { cwd: root })
    .sort()
    .map((file) => [file.replaceAll("/", "-"), readDocument(file)]),
);
const wrongExample = {
  "wrong-example.ts":
    'import { ClusterConnection } from "gloo-mesh-relay-registration";\nnew ClusterConnection("a", { contxt: "b" });\n',
};
/** Once for all of this file: it takes seconds. */
const compiled = new Compiled(root, { ...documentExamples, ...examples, ...wrongExample, "eks.d.ts": eksTypes });

describe("docs/reference", () => {
  const declarations = new Declarations(compiled);

  for (const { file, mark, content } of generatedParts(declarations)) {
    test(`${file} has the part "${mark}" that npm run docs:reference writes`, () => {
      const page = readDocument(file);
      assert.ok(page === replaceBetween(page, mark, content), `${file} is stale`);
    });
  }

  for (const name of ["GlooMeshRelayRegistration", "ClusterConnection"]) {
    test(`Outputs of \`${name}\`: the table has exactly those of the types`, () => {
      const named = firstColumn(sectionOf(markdownOf("docs/reference/outputs.md"), `## Outputs of \`${name}\``));
      assert.deepEqual(named.sort(), declarations.outputs(name).sort());
    });
  }

  test("the table of arguments has a row for each of the table from which the code derives", () => {
    const documented = [...declarations.arguments("GlooMeshRelayRegistrationArgs")]
      .filter(([, { isGroup }]) => !isGroup)
      .map(([path]) => path);
    assert.deepEqual(documented.sort(), [...Object.keys(argumentRows), "management", "remote"].sort());
  });

  test("the tables of configuration keys have exactly those that the program reads", () => {
    const { lines } = markdownOf("docs/reference/stack-configuration.md");
    assert.deepEqual(firstColumn(lines).sort(), [...keysRead(), ...Object.keys(clusterForm)].sort());
  });

  test("what Pulumi.yaml declares is read by the program, and described", () => {
    const { config } = parse(readDocument("Pulumi.yaml")) as { config: Record<string, { description?: string }> };
    const keys = keysRead();
    for (const [key, { description }] of Object.entries(config)) {
      assert.ok(keys.includes(key), `${key} is not read`);
      assert.ok(description, `${key} has no description`);
    }
  });
});

describe("the code in documents", () => {
  test("in TypeScript compiles against the sources", () => {
    assert.ok(Object.keys(documentExamples).length > 5, "there are too few examples");
    assert.deepEqual(compiled.typeErrors(Object.keys(documentExamples)), []);
  });

  test("in YAML parses, and stacks have keys that the program reads", () => {
    const parsed = documents
      .flatMap((document) => markdownOf(document).codeBlocks)
      .filter(({ language }) => language === "yaml")
      .flatMap(({ code }) => parseAllDocuments(code))
      .map((document) => {
        assert.deepEqual([...document.errors, ...document.warnings], []);
        return document.toJS() as { config?: Record<string, unknown> } | null;
      });
    const keys = keysRead();
    const stacks = parsed.flatMap((one) => (one?.config ? [one.config] : []));
    assert.ok(stacks.length > 1);
    for (const key of stacks.flatMap(Object.keys)) {
      assert.ok(keys.includes(key.replace("gloo-mesh-relay-registration:", "")), key);
    }
  });

  test("a wrong example would be noticed", () => {
    assert.match(compiled.typeErrors(Object.keys(wrongExample)).join("\n"), /wrong-example\.ts:2 .*contxt/);
  });
});

describe("examples/", () => {
  test("name the TypeScript that the documents ask for: without it Pulumi takes its own, which cannot read the types", () => {
    const programs = globSync(["{examples,templates}/**/index.ts", "policy/index.ts"], { cwd: root }).map((file) =>
      join(dirname(file), "package.json"),
    );
    const { devDependencies } = JSON.parse(readDocument("package.json")) as { devDependencies: Record<string, string> };
    assert.ok(programs.length > 0);
    for (const program of programs) {
      const { devDependencies: own } = JSON.parse(readDocument(program)) as {
        devDependencies?: Record<string, string>;
      };
      assert.equal(own?.["typescript"], devDependencies["typescript"], program);
    }
  });

  test("compile against the sources", () => {
    assert.ok(Object.keys(examples).length > 0, "there is no example");
    assert.deepEqual(compiled.typeErrors(Object.keys(examples)), []);
  });
});

describe("the API reference", () => {
  // What `npm run docs:api` would refuse, without writing the pages.
  test("has a text for every public name, and its links lead somewhere", async () => {
    const { Application, Logger, LogLevel, TSConfigReader } = await import("typedoc");
    const told: string[] = [];
    class Collecting extends Logger {
      override log(text: string, level: number): void {
        if (level >= LogLevel.Warn) told.push(text);
      }
    }
    const application = await Application.bootstrap({ tsconfig: join(root, "tsconfig.json") }, [new TSConfigReader()]);
    application.logger = new Collecting();
    const { program, entry: sourceFile } = compiled;
    const project = application.converter.convert([{ displayName: "index", program, sourceFile }]);
    application.validate(project);
    assert.deepEqual(told, []);
    const names = project.children?.map(({ name }) => name) ?? [];
    assert.ok(names.includes("GlooMeshRelayRegistration") && names.includes("ClusterConnection"), names.join(", "));
  });
});
