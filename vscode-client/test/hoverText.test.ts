import assert from "node:assert/strict";
import { test } from "node:test";

import { withoutFindings } from "../src/hoverText";

const FINDING = "`unindexed-foreign-key` (warning): `Post.authorId` has no index";
const REASON = "A delete looks through the whole table.";

test("what the editor shows of a finding is not said again", () => {
  assert.equal(withoutFindings(`${FINDING}\n\n${REASON}`, ["unindexed-foreign-key"]), REASON);
});

test("what stands before and behind it stays", () => {
  const text = `model User\n\n---\n\n${FINDING}\n\n${REASON}`;
  const expected = `model User\n\n---\n\n${REASON}`;
  assert.equal(withoutFindings(text, ["unindexed-foreign-key"]), expected);
});

test("what the editor does not show stays", () => {
  assert.equal(withoutFindings(`${FINDING}\n\n${REASON}`, []), `${FINDING}\n\n${REASON}`);
  assert.equal(withoutFindings(FINDING, ["unindexed"]), FINDING);
});

test("a page that only names a code stays", () => {
  const text = "Silences `unindexed-foreign-key` (warning) here";
  assert.equal(withoutFindings(text, ["unindexed-foreign-key"]), text);
});
