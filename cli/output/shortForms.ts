/** Shortens a string to a number of characters, the last of them `…`. */
export function cut(text: string, most: number): string {
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join("")}…`;
}

/** Shortens a name to a number of characters in its middle: the names of a fleet often begin, or end, alike. */
export function cutMiddle(name: string, most: number): string {
  const characters = [...name];
  if (characters.length <= most) return name;
  const end = Math.floor((most - 1) / 2);
  return `${characters.slice(0, most - 1 - end).join("")}…${characters.slice(-end).join("")}`;
}

/** The day of a moment in ISO 8601; empty without a moment. */
export function day(moment: string | undefined): string {
  return moment?.slice(0, 10) ?? "";
}

/** Rounds to one decimal place. */
export function tenths(number: number): number {
  return Math.round(number * 10) / 10;
}
