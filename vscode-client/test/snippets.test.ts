import assert from "node:assert/strict";
import { test } from "node:test";

import snippets from "../snippets/prisma.json";

interface Snippet {
  readonly prefix: string | readonly string[];
  readonly body: readonly string[];
  readonly description: string;
}

const all: readonly (readonly [string, Snippet])[] = Object.entries(snippets);

test("no two snippets are called by the same word", () => {
  const prefixes = all.flatMap(([, { prefix }]) => prefix);
  assert.deepEqual(prefixes, [...new Set(prefixes)]);
});

test("every snippet that writes a foreign key writes its action, and an index or a key for it", () => {
  const writing = all.filter(([, { body }]) => body.join("\n").includes("fields: ["));
  assert.ok(writing.length >= 4);
  for (const [name, { body }] of writing) {
    const text = body.join("\n");
    assert.match(text, /onDelete: /, name);
    assert.match(text, /@@index\(|@unique/, name);
  }
});
