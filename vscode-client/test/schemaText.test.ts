import assert from "node:assert/strict";
import { test } from "node:test";

import { modelAt } from "../src/schemaText";

const LINES = `enum Role {
  ADMIN
}

model User {
  id Int @id
  // }
  posts Post[]
}

  model  Straße{
  id Int @id
}
// the end`.split("\n");

const modelsByLine = LINES.map((_, line) => modelAt(LINES, line));

test("a model is known from its first line to its last", () => {
  assert.deepEqual(modelsByLine.slice(4, 9), ["User", "User", "User", "User", "User"]);
  assert.deepEqual(modelsByLine.slice(10, 13), ["Straße", "Straße", "Straße"]);
});

test("between models, and in what is none, there is none", () => {
  for (const line of [0, 1, 2, 3, 9, 13]) {
    assert.equal(modelsByLine[line], undefined, LINES[line]);
  }
});

test("a line behind the end of the text counts as the last", () => {
  assert.equal(modelAt(["model A {", "  id Int @id"], 7), "A");
  assert.equal(modelAt([], 0), undefined);
});
