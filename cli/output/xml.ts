const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text for the inside of an element or a quoted attribute, in XML and in HTML. Characters that XML 1.0 does not know are left out. */
export function escapeXml(text: string): string {
  const legal = text.replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, "");
  return legal.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** Text for the inside of an element of HTML; what is between backticks is shown as code. */
export function withCode(text: string): string {
  return escapeXml(text).replace(/`([^`]+)`/g, "<code>$1</code>");
}
