import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { repositoryRoot } from "../../sandbox/repositoryRoot";
import { documentFiles } from "./documentFiles";
import { documentProse, sourceProse } from "./prose";

// Documents and sources use the words that the field uses. The list is short: a word is on it only if nearly every use is a fault.

interface BannedWord {
  readonly pattern: RegExp;
  readonly instead: string;
  /** A sentence, or an identifier, with the fault. */
  readonly example: string;
}

const bannedWords: readonly BannedWord[] = [
  banned("tell|tells|telling|told", "report, say, list, log; distinguish", "The plan tells the reason"),
  banned("anew", "again; recreate, reissue", "the certificate is issued anew"),
  banned("nobody's", "unowned", "An undecodable revision is nobody's"),
  banned("of ours", "created by this stack", "an object of ours"),
  banned("of others", "created by someone else", "a namespace of others"),
  banned("mend|mends|mended|mending", "fix", "what the user has to mend"),
  banned("sees? to", "check, ensure", "the command that sees to it"),
  banned("lend|lends|lent|lender", "temporary token", "tokenLent"),
  banned("(?:put|puts|putting) back", "restore", "the token is put back"),
  banned("at last", "finally", "what it waits for at last"),
  banned("(?:go|goes|going|went) on", "continue, resume", "the next run goes on"),
  banned("(?:take|takes|taken|took) up", "resume, continue", "the run takes up the wait"),
  banned("former|formerly", "previous", "removeFormerName"),
  banned("lie|lies|lying", "is stored, exists", "the Secret lies beside it"),
  banned("near its end|(?:come|comes|came) to its end", "expires", "a root CA near its end"),
];

/** In the sources "hub" is a folder and a variable name. */
const bannedInDocuments: readonly BannedWord[] = [
  ...bannedWords,
  banned("hubs?", "management cluster", "read from the hub"),
];

/** Names that existing states and clusters hold, so that they have to stay. */
const allowed: readonly string[] = [
  "gloo-mesh-relay-registration/lent",
  "lentAnnotation",
  "formerNames",
  "formerMarks",
  "formerSecrets",
];

const root = repositoryRoot();
const read = (file: string) => readFileSync(join(root, file), "utf8");
const folders = ["index.ts", "components/**/*.ts", "cli/**/*.ts", "policy/*.ts", "stacks/**/*.ts"];
const sources = globSync(folders, { cwd: root }).sort();

describe("plain English", () => {
  for (const document of documentFiles) {
    testFile(document, () => faultsIn(documentProse(read(document)), bannedInDocuments));
  }

  for (const source of sources) {
    testFile(source, () => faultsIn(sourceProse(source, withoutAllowed(read(source))), bannedWords));
  }
});

describe("the check", () => {
  for (const { example, instead } of bannedInDocuments) {
    const source = /\s/.test(example) ? `// ${example}.\n` : `const ${example} = 1;\n`;

    test(`finds "${example}" in a source`, () => {
      assert.equal(faultsIn(sourceProse("a.ts", source), bannedInDocuments).length, 1);
    });

    if (/\s/.test(example)) {
      test(`finds "${example}" in a document and names the right words`, () => {
        const [fault, ...others] = faultsIn(documentProse(`# Title\n\n${example}.\n`), bannedInDocuments);
        assert.ok(fault?.endsWith(`write: ${instead}`), fault);
        assert.deepEqual(others, []);
      });
    }
  }

  test("finds a word in TSDoc, in a string and in a part of a template", () => {
    const text = '/**\n * Issued\n * anew.\n */\nexport const a = "told" + `$' + "{1}mended`;\n";
    assert.equal(faultsIn(sourceProse("a.ts", text), bannedWords).length, 3);
  });

  test("finds a phrase across two lines", () => {
    assert.equal(faultsIn(documentProse("The token is put\nback.\n"), bannedWords).length, 1);
    assert.equal(faultsIn(sourceProse("a.ts", "// The token is put\n// back.\n"), bannedWords).length, 1);
  });

  test("skips code, link targets, file paths, module specifiers and generated tables", () => {
    const document = "Run `tell`, read [this](tell.md#told) or docs/hub/told.md.\n\n```sh\ntell\n```\n";
    const generated = "<!-- figures: begin -->\ntold\n<!-- figures: end -->\n";
    assert.deepEqual(faultsIn(documentProse(document + generated), bannedInDocuments), []);
    const source = 'import { a } from "./told";\n// See `told` in components/plan/told.ts.\na();\n';
    assert.deepEqual(faultsIn(sourceProse("a.ts", source), bannedWords), []);
  });

  test("skips the names that have to stay, and nothing around them", () => {
    const source = withoutAllowed(
      'const formerMarks = lentAnnotation ?? "gloo-mesh-relay-registration/lent"; isFormer();\n',
    );
    assert.deepEqual(faultsIn(sourceProse("a.ts", source), bannedWords).length, 1);
  });
});

function banned(words: string, instead: string, example: string): BannedWord {
  return { pattern: new RegExp(`\\b(?:${words.replaceAll(" ", "\\s+")})\\b`, "gi"), instead, example };
}

function testFile(file: string, faults: () => readonly string[]): void {
  test(`${file} has no banned words`, () => assert.deepEqual(faults(), []));
}

function faultsIn(prose: readonly string[], words: readonly BannedWord[]): string[] {
  return prose.flatMap((text) =>
    words.flatMap(({ pattern, instead }) =>
      [...text.matchAll(pattern)].map(({ index, 0: match }) => {
        const around = text.slice(Math.max(0, index - 40), index + match.length + 40).replace(/\s+/g, " ");
        return `"${match}" in "${around.trim()}", write: ${instead}`;
      }),
    ),
  );
}

function withoutAllowed(text: string): string {
  return allowed.reduce((rest, name) => rest.replace(new RegExp(`(?<![\\w$])${name}(?![\\w$])`, "g"), "a"), text);
}
