import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { repositoryRoot } from "../../sandbox/repositoryRoot";
import { stringsIn, variable } from "./sourceStrings";

// Who searches the documents for the first words of a message must find them.

const root = repositoryRoot();
const messages = globSync(["components/**/*.ts", "cli/**/*.ts", "stacks/**/*.ts"], { cwd: root }).flatMap((file) =>
  messagesIn(readFileSync(join(root, file), "utf8")),
);
const errors = globSync("docs/reference/errors/gmr*.md", { cwd: root })
  .map((file) => readFileSync(join(root, file), "utf8"))
  .join("\n");
const symptoms = [...errors.matchAll(/^- Symptom: (.*)$/gm)].flatMap(([, line = ""]) =>
  [...line.matchAll(/`(GMR\d{3}) (.*?)(?: — .*?)?`/g)].map(([, code = "", what = ""]) => ({ code, what })),
);

describe("documented symptoms begin with the words of a message in the sources", () => {
  for (const { code, what } of symptoms) {
    // The wait adds its limit to the fault of its last stage.
    const words = what.replace(/ within 300 s(?:, as far as could be seen)?$/, "");
    test(`${code} ${what}`, () => assert.ok(isMessage(words, messages)));
  }
});

describe("the comparison", () => {
  const sample = messagesIn(
    [
      "const a = `The namespace $",
      '{name} is being deleted`; const b = "No reason at all"; const c = `$',
      "{x} two`;",
    ].join(""),
  );

  test("fills in the variable parts of a message", () => {
    assert.equal(isMessage("The namespace gloo-mesh is being deleted", sample), true);
    assert.equal(isMessage("No reason at all", sample), true);
  });

  test("refuses other words, and takes no template without words for a message", () => {
    for (const other of ["The namespace gloo-mesh is deleted", "No reason", "two words"]) {
      assert.equal(isMessage(other, sample), false, other);
    }
  });
});

function isMessage(text: string, known: readonly RegExp[]): boolean {
  return known.some((message) => message.test(text));
}

/** The strings and templates of a source, as patterns in which each variable part is free. */
function messagesIn(text: string): RegExp[] {
  return stringsIn("source.ts", text).flatMap((message) => {
    const parts = message.replace(/^GMR\d{3} | — .*$/gs, "").split(variable);
    const words = parts.join(" ").match(/[A-Za-z]{2,}/g) ?? [];
    const patterns = parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    return words.length >= 2 ? [new RegExp(`^${patterns.join(".*")}$`)] : [];
  });
}
