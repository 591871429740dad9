/** A version of three numbers, such as Gloo Mesh's charts and images have. */
export interface Version {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  /** Without its hyphen; empty for a release. */
  readonly prerelease: string;
}

/** Parses a version; undefined if it does not have three numbers. Drops a leading `v` and build metadata (`+…`). */
export function parseVersion(text: string): Version | undefined {
  const match = /^v?(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/.exec(text);
  if (!match) return undefined;
  const [major, minor, patch] = match.slice(1, 4).map(Number) as [number, number, number];
  return { major, minor, patch, prerelease: match[4] ?? "" };
}

type Minor = Pick<Version, "major" | "minor">;

/** Whether a version has the minor version of `since` or a later one; a pre-release counts as its minor version. */
export function isOfMinorSince(version: Minor, since: Minor): boolean {
  return version.major > since.major || (version.major === since.major && version.minor >= since.minor);
}

/** Drops the leading `v` that image tags and releases have, and chart versions do not. */
export function normaliseVersion(version: string): string {
  return version.replace(/^v(?=[0-9])/, "");
}
