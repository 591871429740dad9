/** A cluster that says nothing is in the first wave. */
const firstWave = 1;

/** The clusters in the order in which they are registered: all of a wave at once, the lower numbers first. */
export function wavesOf<T extends { readonly wave?: number }>(
  clusters: ReadonlyMap<string, T>,
): readonly (readonly (readonly [name: string, settings: T])[])[] {
  const waves = new Map<number, (readonly [string, T])[]>();
  for (const entry of clusters) {
    const wave = entry[1].wave ?? firstWave;
    waves.set(wave, [...(waves.get(wave) ?? []), entry]);
  }
  return [...waves].sort(([one], [other]) => one - other).map(([, members]) => members);
}
