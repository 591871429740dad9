import assert from "node:assert/strict";

/** An element of XML, or of HTML that closes what it opens. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
  /** Its text and that of its children. */
  text: string;
}

const alone: readonly string[] = ["meta", "br", "hr"];
const token = /<!--[\s\S]*?-->|<[!?][^>]*>|<(\/?)([A-Za-z][\w-]*)((?:\s+[\w-]+(?:="[^"<]*")?)*)\s*(\/?)>|[^<]+|</g;

/** Reads markup strictly: what is not escaped, not closed or not nested fails. */
export function parseMarkup(markup: string): Element {
  const root: Element = { name: "", attributes: {}, children: [], text: "" };
  const open = [root];
  for (const [whole, closes, name, attributes = "", ends] of markup.matchAll(token)) {
    const inner = open.at(-1);
    assert.ok(inner, "closed more than was opened");
    if (name === undefined) {
      if (whole.startsWith("<!") || whole.startsWith("<?")) continue;
      assert.notEqual(whole, "<", "a bracket that is not escaped");
      if (inner.name !== "style") assertEscaped(whole);
      for (const element of open) element.text += unescaped(whole);
    } else if (closes) {
      assert.equal(name, inner.name, "nesting");
      open.pop();
    } else {
      const element: Element = { name, attributes: attributesOf(attributes), children: [], text: "" };
      inner.children.push(element);
      if (!ends && !alone.includes(name)) open.push(element);
    }
  }
  assert.deepEqual(
    open.map(({ name }) => name),
    [""],
    "everything is closed",
  );
  return root;
}

/** All elements below, in the order of the document; those of one name, where one is given. */
export function elementsOf(root: Element, name?: string): Element[] {
  return root.children.flatMap((child) => [
    ...(name === undefined || child.name === name ? [child] : []),
    ...elementsOf(child, name),
  ]);
}

function attributesOf(text: string): Record<string, string> {
  const found = [...text.matchAll(/([\w-]+)(?:="([^"]*)")?/g)];
  return Object.fromEntries(found.map(([, name = "", value = ""]) => [name, unescaped(value)]));
}

function assertEscaped(text: string): void {
  assert.doesNotMatch(text, /&(?!amp;|lt;|gt;|quot;|#39;)/, "an ampersand that is not escaped");
  assert.doesNotMatch(text, /[^\P{Cc}\s]/u, "a control character");
}

function unescaped(text: string): string {
  const names: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };
  return text.replace(/&(amp|lt|gt|quot|#39);/g, (whole, name: string) => names[name] ?? whole);
}
