/** A version of three numbers, as charts and images of Gloo Mesh carry it. */
export interface Version {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  /** Without its hyphen; empty for a release. */
  readonly prerelease: string;
}

/** Undefined for what is no version of three numbers. A leading `v` is dropped; build metadata (`+…`) does not count. */
export function parseVersion(text: string): Version | undefined {
  const match = /^v?(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/.exec(text);
  if (!match) return undefined;
  const [major, minor, patch] = match.slice(1, 4).map(Number) as [number, number, number];
  return { major, minor, patch, prerelease: match[4] ?? "" };
}

/** Whether a version belongs to a minor version or a later one; pre-releases belong to their minor version. */
export function isOfMinorSince(
  version: Pick<Version, "major" | "minor">,
  since: Pick<Version, "major" | "minor">,
): boolean {
  return version.major > since.major || (version.major === since.major && version.minor >= since.minor);
}

/** Drops the `v` that image tags and releases carry and chart versions do not. */
export function normaliseVersion(version: string): string {
  return version.replace(/^v(?=[0-9])/, "");
}
