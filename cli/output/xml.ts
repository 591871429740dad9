const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Escapes text for an element or a quoted attribute, in XML and in HTML; drops characters that XML 1.0 does not allow. */
export function escapeXml(text: string): string {
  const legal = text.replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, "");
  return legal.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** Escapes text for an element of HTML; shows text between backticks as code. */
export function withCode(text: string): string {
  return escapeXml(text).replace(/`([^`]+)`/g, "<code>$1</code>");
}
