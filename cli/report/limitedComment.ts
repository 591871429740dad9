import { count } from "../../components/base/text";

/** What a list of a comment is about, and how much room it may take. */
interface ListOptions {
  /** The share of the limit up to which the comment may grow with this list. Default: all of it. */
  readonly share?: number;
  /** Behind the number of what is left out, such as ` in this table`. */
  readonly where?: string;
  /** Text behind the last item. */
  readonly tail?: string;
}

/** A comment that grows up to its limit in bytes, and counts what it leaves out. */
export class LimitedComment {
  private readonly omitted: string[] = [];

  constructor(
    private readonly limit: number,
    private text: string,
  ) {}

  /** Adds as many items as fit into a share of the limit, below their head. */
  add(
    head: string,
    items: readonly string[],
    noun: string,
    { share = 1, where = "", tail = "" }: ListOptions = {},
  ): void {
    const room = Math.min(this.limit * share, this.limit - reserve) - bytes(this.text) - bytes(head) - bytes(tail);
    let taken = "";
    let used = 0;
    let number = 0;
    for (const item of items) {
      used += bytes(item);
      if (used > room) break;
      taken += item;
      number += 1;
    }
    if (number > 0) this.text += `\n${head}${taken}${tail}`;
    const omitted = items.length - number;
    if (omitted > 0) this.omitted.push(`${omitted} of ${count(items.length, noun)}${where}`);
  }

  end(): string {
    if (this.omitted.length === 0) return this.text;
    return `${this.text}\n_Left out, because the size of a comment is limited: ${this.omitted.join(", ")}. The report's HTML and JSON files are complete._\n`;
  }
}

/** Bytes reserved for the line that counts what is left out. */
const reserve = 400;

function bytes(text: string): number {
  return Buffer.byteLength(text, "utf8");
}
