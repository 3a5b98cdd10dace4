// A migration wakes Referee as a schema does.

"use strict";

const assert = require("node:assert/strict");
const vscode = require("vscode");

const ID = "prisma-referee.prisma-referee";

module.exports = {
  "a migration wakes it": async (hands) => {
    await hands.open(hands.file("seed.sql"));
    assert.deepEqual(hands.servers(), []);
    await hands.open(hands.file("prisma/migrations/20260101000000_init/migration.sql"));
    await hands.until("the server", () => hands.servers().length === 1);
    assert(vscode.extensions.getExtension(ID).isActive);
  },
};
