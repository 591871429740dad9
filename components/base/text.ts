// Phrases in messages.

/** The beginning of a text, without the word that the cut splits: half a secret could pass the mask. */
export function beginningOf(text: string, most: number): string {
  return text.length <= most ? text : text.slice(0, most).replace(/[^\s"',;{}()]*$/, "");
}

/** A URL without slashes at its end. */
export function withoutSlash(url: string): string {
  return url.replace(/\/+$/, "");
}

/** An IPv6 address in the form of URLs without its brackets; any other host as it is. */
export function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}

/** A number with its noun: `1 cluster`, `2 clusters`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** Lists names: "a", "a and b", "a, b and c". */
export function enumerate(names: readonly string[]): string {
  return new Intl.ListFormat("en-GB", { type: "conjunction" }).format(names);
}

/** Lists alternatives: "a", "a or b", "a, b or c". */
export function anyOf(names: readonly string[]): string {
  return new Intl.ListFormat("en-GB", { type: "disjunction" }).format(names);
}

/** Lists the first names, and says how many more there are. */
export function someOf(names: readonly string[], most: number): string {
  if (names.length <= most) return names.join(", ");
  return `${names.slice(0, most).join(", ")} and ${names.length - most} more`;
}

/** A name of at most so many characters: of a longer one beginning and end, since names of a fleet differ at either. */
export function cutInTheMiddle(name: string, most: number): string {
  if (name.length <= most) return name;
  const end = Math.floor((most - 1) / 2);
  return `${name.slice(0, most - 1 - end)}…${name.slice(-end)}`;
}
