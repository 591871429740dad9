/** At most so many characters; a longer string ends with `…`. */
export function cut(text: string, most: number): string {
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join("")}…`;
}

/** The first names, and how many more there are. */
export function someOf(names: readonly string[], most: number): string {
  if (names.length <= most) return names.join(", ");
  return `${names.slice(0, most).join(", ")} and ${names.length - most} more`;
}

/** The day of a moment in ISO 8601; empty for no moment. */
export function day(moment: string | undefined): string {
  return moment?.slice(0, 10) ?? "";
}

/** A number with one digit after the point. */
export function tenths(number: number): number {
  return Math.round(number * 10) / 10;
}
