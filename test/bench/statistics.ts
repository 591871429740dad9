/** What is told of a series of measurements. */
export interface Summary {
  readonly count: number;
  readonly median: number;
  /** The smallest and the largest. */
  readonly minimum: number;
  readonly maximum: number;
  /** 95 of 100 are at most this. */
  readonly p95: number;
}

/** @throws when there is nothing to sum up */
export function summarise(values: readonly number[]): Summary {
  const sorted = [...values].sort((one, other) => one - other);
  const [minimum, maximum] = [sorted[0], sorted.at(-1)];
  if (minimum === undefined || maximum === undefined) throw new Error("no measurement to sum up");
  return { count: sorted.length, median: quantile(sorted, 0.5), minimum, maximum, p95: quantile(sorted, 0.95) };
}

/** Linear between neighbours. */
function quantile(sorted: readonly number[], part: number): number {
  const position = (sorted.length - 1) * part;
  const [below = 0, above = below] = [sorted[Math.floor(position)], sorted[Math.ceil(position)]];
  return below + (above - below) * (position - Math.floor(position));
}

/** A straight line: what there is at all, and what each further one adds. */
export interface Line {
  readonly base: number;
  readonly each: number;
}

/** The line of least squares through the points; flat when there is only one. */
export function lineThrough(points: readonly (readonly [x: number, y: number])[]): Line {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(points.map(([one]) => one)), mean(points.map(([, one]) => one))];
  const spread = points.reduce((sum, [one]) => sum + (one - x) ** 2, 0);
  const each = spread === 0 ? 0 : points.reduce((sum, [one, other]) => sum + (one - x) * (other - y), 0) / spread;
  return { base: y - each * x, each };
}

export function at({ base, each }: Line, x: number): number {
  return base + each * x;
}
