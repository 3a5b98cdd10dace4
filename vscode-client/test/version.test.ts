import assert from "node:assert/strict";
import { test } from "node:test";

import { compareVersions, isNewEnough, parseVersion, shownVersion, type Version } from "../src/version";

test("a version is read from what Python says it is", () => {
  assert.deepEqual(parseVersion("3.12.1"), [3, 12, 1]);
  assert.deepEqual(parseVersion(" 3.14.0rc2\n"), [3, 14, 0]);
  assert.deepEqual(parseVersion("3.13"), [3, 13, 0]);
});

test("what is no version is not taken for one", () => {
  for (const text of ["", "Python", "Python was not found; run without arguments", "3", "v3.12"]) {
    assert.equal(parseVersion(text), undefined, text);
  }
});

test("versions are compared as numbers, not as text", () => {
  const ordered: Version[] = [[2, 7, 18], [3, 9, 0], [3, 10, 0], [3, 10, 13], [3, 11, 0], [4, 0, 0]];
  for (const [index, version] of ordered.entries()) {
    for (const [other, against] of ordered.entries()) {
      assert.equal(Math.sign(compareVersions(version, against)), Math.sign(index - other));
    }
  }
});

test("Python 3.10 is new enough, and 3.9 is not", () => {
  assert.ok(isNewEnough([3, 10, 0]));
  assert.ok(isNewEnough([3, 14, 2]));
  assert.ok(!isNewEnough([3, 9, 25]));
  assert.ok(!isNewEnough([2, 7, 18]));
  assert.equal(shownVersion([3, 10, 4]), "3.10.4");
});
