// Versions of Python: which one an interpreter says it is, and whether that is new enough.

export type Version = readonly [major: number, minor: number, patch: number];

export const OLDEST_PYTHON: Version = [3, 10, 0];

/** Reads the version at the start of a text such as `3.12.1` or `3.14.0rc2`. */
export function parseVersion(text: string): Version | undefined {
  const found = /^\s*(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  if (found === null) {
    return undefined;
  }
  return [Number(found[1]), Number(found[2]), Number(found[3] ?? 0)];
}

/** Is below zero if the first version is older, above zero if it is newer, and else zero. */
export function compareVersions(one: Version, other: Version): number {
  return one[0] - other[0] || one[1] - other[1] || one[2] - other[2];
}

export function isNewEnough(version: Version): boolean {
  return compareVersions(version, OLDEST_PYTHON) >= 0;
}

export function shownVersion(version: Version): string {
  return version.join(".");
}
