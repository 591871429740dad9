/** The wave of a cluster without one in its settings. */
const firstWave = 1;

/** The clusters in their waves, in the order of registration: lower numbers first, all clusters of a wave at once. */
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
