import assert from "node:assert/strict";
import { test } from "node:test";

import { NOTHING, sentence, shownCounts, sum } from "../src/counts";

test("the status bar shows what there is, worst first, and no hints", () => {
  assert.equal(
    shownCounts({ error: 1, warning: 12, information: 0, hint: 4 }),
    "$(error) 1 $(warning) 12",
  );
  assert.equal(shownCounts({ ...NOTHING, information: 2 }), "$(info) 2");
  assert.equal(shownCounts({ ...NOTHING, hint: 2 }), "$(check)");
});

test("counts of several files add up", () => {
  const one = { error: 1, warning: 2, information: 3, hint: 4 };
  assert.deepEqual(sum([one, one, NOTHING]), { error: 2, warning: 4, information: 6, hint: 8 });
  assert.deepEqual(sum([]), NOTHING);
});

test("a sentence names each kind in the right number", () => {
  assert.equal(
    sentence({ error: 1, warning: 2, information: 3, hint: 1 }),
    "1 error, 2 warnings, 3 information, 1 hint in the open files",
  );
  assert.equal(sentence(NOTHING), "Nothing found in the open files");
});
