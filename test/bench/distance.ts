/** What a column or row is called whose API servers answer after this many milliseconds. */
export function distance(rtt: number): string {
  return rtt === 0 ? "near" : `far (${rtt} ms)`;
}
