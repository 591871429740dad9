/** The oldest Node.js on which this package is tested: package.json, `engines`. */
const oldest = { major: 22, minor: 19 };

/** Why this Node.js cannot run the package, with the next step; undefined if it can. */
export function nodeFault(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > oldest.major || (major === oldest.major && minor >= oldest.minor)) return undefined;
  return `Node.js ${version} is too old: install ${oldest.major}.${oldest.minor} or newer, and put it first on PATH`;
}
