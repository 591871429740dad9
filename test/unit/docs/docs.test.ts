import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { parse, parseAllDocuments } from "yaml";
import { problemCodes } from "../../../components/base/problems";
import { type Argument, argumentRows } from "../../../components/glooMesh/argumentKinds";
import { clusterForm } from "../../../stacks/clusterSettings";
import { readConfiguration } from "../../../stacks/configuration";
import { repositoryRoot } from "../../sandbox/repositoryRoot";
import { Compiled } from "./compiling";
import { Declarations } from "./declarations";
import {
  anchorsOf,
  firstColumn,
  linksIn,
  type Markdown,
  parseMarkdown,
  resolveLink,
  sectionOf,
  tableRows,
} from "./markdown";

// The documents against the sources. Whether the sentences are true is for readers.

const root = repositoryRoot();
const read = (file: string) => readFileSync(join(root, file), "utf8");
const markdown = (file: string): Markdown => parseMarkdown(read(file));
const documents = globSync(["*.md", "docs/**/*.md", "examples/**/*.md"], { cwd: root }).sort();

const readme = markdown("README.md");
const readmeExamples = Object.fromEntries(
  readme.codeBlocks
    .filter(({ language }) => language === "ts")
    .map(({ code }, index) => [`readme-example-${index + 1}.ts`, code]),
);
const examples = Object.fromEntries(
  globSync("examples/**/index.ts", { cwd: root })
    .sort()
    .map((file) => [file.replaceAll("/", "-"), read(file)]),
);
const wrongExample = {
  "wrong-example.ts":
    'import { ClusterConnection } from "gloo-mesh-relay-registration";\nnew ClusterConnection("a", { contxt: "b" });\n',
};
/** Once for all of this file: it takes seconds. */
const compiled = new Compiled(root, { ...readmeExamples, ...examples, ...wrongExample });

/** The keys that the program asks the stack's configuration for. */
function keysRead(): string[] {
  const asked = new Set<string>();
  const config = new Proxy(new pulumi.Config("any"), {
    get:
      (_, method) =>
      (key: string): string | undefined => {
        asked.add(key);
        return key === "management" && String(method) === "get" ? '{"context": "any"}' : undefined;
      },
  });
  readConfiguration(config);
  return [...asked];
}

describe("docs/troubleshooting.md", () => {
  const troubleshooting = markdown("docs/troubleshooting.md");

  test("has an entry for every problem code, in order, and no other", () => {
    const headings = troubleshooting.lines.filter((line) => line.startsWith("### ")).map((line) => line.slice(4));
    assert.deepEqual(headings, Object.keys(problemCodes));
  });

  for (const [code, title] of Object.entries(problemCodes)) {
    test(`${code} has its title, a symptom with the code, a cause, a fix, and tests that exist`, () => {
      const lines = sectionOf(troubleshooting, `### ${code}`).filter((line) => line !== "");
      assert.equal(lines[0], title);
      assert.ok(lines[1]?.startsWith(`- Symptom: \`${code} `), lines[1]);
      for (const part of ["- Cause: ", "- Fix"]) {
        assert.ok(
          lines.some((line) => line.startsWith(part)),
          part,
        );
      }
      for (const [, file = ""] of lines.join("\n").matchAll(/`(test\/[^`]+)`/g)) {
        assert.ok(existsSync(join(root, file)), `${file} does not exist`);
      }
    });
  }
});

describe("README.md", () => {
  const declarations = new Declarations(compiled);

  for (const [heading, name] of [
    ["### Arguments of `GlooMeshRelayRegistration`", "GlooMeshRelayRegistrationArgs"],
    ["### Arguments of `ClusterConnection`", "ClusterConnectionArgs"],
  ] as const) {
    test(`${heading.slice(4)}: the table has exactly those of the types, and says which are required`, () => {
      const rows = tableRows(sectionOf(readme, heading)).map(([name = "", byDefault]) => [
        name,
        byDefault === "required",
      ]);
      const known = [...declarations.arguments(name)].map(([name, required]) => [`\`${name}\``, required]);
      assert.deepEqual(rows.sort(), known.sort());
    });
  }

  test("Arguments of `GlooMeshRelayRegistration`: names and defaults are those of the table from which the code derives", () => {
    const documented = tableRows(sectionOf(readme, "### Arguments of `GlooMeshRelayRegistration`"))
      .map(([name, byDefault]) => [name, byDefault])
      .filter(([name]) => name !== "`management`" && name !== "`remote`");
    const rows = Object.entries<Argument>(argumentRows).map(([path, { default: value, otherwise }]) => [
      `\`${path}\``,
      otherwise ?? (value === undefined ? "none" : `\`${value}\``),
    ]);
    assert.deepEqual(documented.sort(), rows.sort());
  });

  for (const name of ["GlooMeshRelayRegistration", "ClusterConnection"]) {
    test(`Outputs of \`${name}\`: the table has exactly those of the types`, () => {
      const named = firstColumn(sectionOf(readme, `### Outputs of \`${name}\``));
      assert.deepEqual(named.sort(), declarations.outputs(name).sort());
    });
  }

  test("the tables of configuration keys have exactly those that the program reads", () => {
    const section = sectionOf(readme, "### With the program of this repository");
    assert.deepEqual(firstColumn(section).sort(), [...keysRead(), ...Object.keys(clusterForm)].sort());
  });

  test("what Pulumi.yaml declares is read by the program, and described", () => {
    const { config } = parse(read("Pulumi.yaml")) as { config: Record<string, { description?: string }> };
    const keys = keysRead();
    for (const [key, { description }] of Object.entries(config)) {
      assert.ok(keys.includes(key), `${key} is not read`);
      assert.ok(description, `${key} has no description`);
    }
  });

  test("the examples in TypeScript compile against the sources", () => {
    assert.ok(Object.keys(readmeExamples).length > 0, "there is no example");
    assert.deepEqual(compiled.typeErrors(Object.keys(readmeExamples)), []);
  });

  test("the examples in YAML parse, and the stack's has keys that the program reads", () => {
    const blocks = readme.codeBlocks.filter(({ language }) => language === "yaml").map(({ code }) => code);
    const parsed = blocks
      .flatMap((code) => parseAllDocuments(code))
      .map((document) => {
        assert.deepEqual([...document.errors, ...document.warnings], []);
        return document.toJS() as { config?: Record<string, unknown> };
      });
    const keys = keysRead();
    const [stack] = parsed;
    assert.ok(stack?.config);
    for (const key of Object.keys(stack.config)) {
      assert.ok(keys.includes(key.replace("gloo-mesh-relay-registration:", "")), key);
    }
  });

  test("a wrong example would be noticed", () => {
    assert.match(compiled.typeErrors(Object.keys(wrongExample)).join("\n"), /wrong-example\.ts:2 .*contxt/);
  });
});

describe("examples/", () => {
  test("name the TypeScript that README asks for: without it Pulumi takes its own, which cannot read the types", () => {
    const programs = globSync("examples/**/index.ts", { cwd: root }).map((file) => join(dirname(file), "package.json"));
    const { devDependencies } = JSON.parse(read("package.json")) as { devDependencies: Record<string, string> };
    assert.ok(programs.length > 0);
    for (const program of programs) {
      const { devDependencies: own } = JSON.parse(read(program)) as { devDependencies?: Record<string, string> };
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

describe("docs/architecture.md", () => {
  test("names every folder of components/ and cli/, and no other", () => {
    const page = markdown("docs/architecture.md");
    const named = [
      ...firstColumn(sectionOf(page, "## Layers")),
      ...firstColumn(sectionOf(page, "## The command line")),
    ];
    const files = globSync(["components/*/**/*.ts", "cli/**/*.ts"], { cwd: root });
    const folders = new Set(files.map((file) => dirname(file).split("/").slice(0, 2).join("/")));
    assert.deepEqual(named.sort(), [...folders].sort());
  });
});

describe("docs/decisions", () => {
  const decisions = globSync("docs/decisions/*.md", { cwd: root }).sort();

  test("are numbered without gaps", () => {
    const numbers = decisions.map((file) => Number(/(\d{4})-/.exec(file)?.[1]));
    assert.deepEqual(
      numbers,
      numbers.map((_, index) => index + 1),
    );
  });

  for (const file of decisions) {
    test(`${file} has its number, context, choice and cost`, () => {
      const headings = markdown(file).lines.filter((line) => /^#{1,2} /.test(line));
      assert.match(headings[0] ?? "", new RegExp(`^# ${/(\d{4})-/.exec(file)?.[1]} \\S`));
      assert.deepEqual(headings.slice(1), ["## Context", "## Choice", "## Cost"]);
    });
  }
});

describe("every document", () => {
  test("names workflows that exist", () => {
    for (const document of documents) {
      for (const [, file = ""] of read(document).matchAll(/uses: \.\/(\S+)/g)) {
        assert.ok(existsSync(join(root, file)), `${document}: ${file} does not exist`);
      }
    }
  });

  test("names keys of a stack that the program reads", () => {
    const keys = new Set([...keysRead(), ...Object.keys(clusterForm)]);
    for (const document of documents) {
      for (const [, key = ""] of read(document).matchAll(/in a stack: `([\w.<>]+)/g)) {
        assert.ok(keys.has(key.replace(/^clusters\.<name>\./, "").split(".")[0] ?? ""), `${document}: ${key}`);
      }
    }
  });

  test("names paths of this repository that exist", () => {
    const missing = documents
      .filter((document) => !document.startsWith("docs/decisions/") && document !== "CHANGELOG.md")
      .flatMap((document) => pathsIn(read(document)).map((path) => ({ document, path })))
      .filter(({ path }) => !writtenByReaders.has(path) && !existsSync(join(root, path)));
    assert.deepEqual(missing, []);
  });

  test("a path that does not exist would be noticed", () => {
    const paths = pathsIn(
      "See `components/plan/decisions.ts`, `components/nowhere.ts` and `components/<folder>/a.ts`.",
    );
    assert.deepEqual(
      paths.filter((path) => !existsSync(join(root, path))),
      ["components/nowhere.ts"],
    );
  });

  for (const document of documents) {
    test(`${document}: relative links lead somewhere`, () => {
      for (const link of linksIn(markdown(document)).filter((to) => !/^[a-z]+:/.test(to))) {
        const { file, anchor } = resolveLink(document, link);
        assert.ok(existsSync(join(root, file)), `${link}: there is no ${file}`);
        if (anchor === undefined) continue;
        assert.ok(anchorsOf(markdown(file)).includes(anchor), `${link}: ${file} has no such heading`);
      }
    });
  }
});

/** What the reader's own commands write. */
const writtenByReaders: ReadonlySet<string> = new Set(["docs/api", "stacks/Pulumi.production.yaml"]);

/** Paths in code spans. Pages of the past, decisions and changelog, may name files that are gone. */
function pathsIn(markdown: string): string[] {
  const paths = /`((?:components|cli|stacks|test|examples|docs|\.github)\/[\w./-]+)`/g;
  return [...markdown.matchAll(paths)].map(([, path = ""]) => path);
}
