// Migrations: they wake Referee as a schema does, and are judged beside it.

"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const vscode = require("vscode");

const ID = "prisma-referee.prisma-referee";
const FIRST = "prisma/migrations/20260101000000_init/migration.sql";
const SECOND = "prisma/migrations/20260102000000_phone/migration.sql";
const UNMIGRATED = "unmigrated-change";

let schema;
let script;

module.exports = {
  "a migration wakes it, and is judged while its schema is closed": async (hands) => {
    await hands.open(hands.file("seed.sql"));
    assert.deepEqual(hands.servers(), []);
    script = await hands.open(hands.file(SECOND));
    await hands.said(script.uri, ["required-column-without-default"]);
    assert(vscode.extensions.getExtension(ID).isActive);
    assert.equal(hands.servers().length, 1);
    assert.deepEqual(hands.codes(hands.file("seed.sql")), []);
  },

  "a finding stands on the statement that it is about": (hands) => {
    const found = hands.finding(script, "required-column-without-default");
    assert.match(script.getText(found.range), /phone/);
    assert.match(String(found.code.target), /required-column-without-default/);
  },

  "the hover of a statement says what it does": async (hands) => {
    const first = await hands.open(hands.file(FIRST));
    const texts = await hands.hovers(first.uri, hands.at(first, '"id"', 1));
    assert.match(texts.join("\n"), /makes the table `User` with 2 columns/);
  },

  "what is typed in a script counts before it is saved": async (hands) => {
    const before = script.getText();
    await hands.write(script, before.replace(" NOT NULL", ""));
    await hands.said(script.uri, []);
    await hands.write(script, before);
    await hands.said(script.uri, ["required-column-without-default"]);
  },

  "a field that no migration makes is told, and taken back": async (hands) => {
    schema = await hands.open(hands.file("prisma/schema.prisma"));
    const before = schema.getText();
    await hands.write(schema, before.replace(/}\n$/, "  nick  String?\n}\n"));
    const [found] = await hands.said(schema.uri, [UNMIGRATED]);
    assert.match(schema.getText(found.range), /nick/);
    await hands.write(schema, before);
    await hands.said(schema.uri, []);
  },

  "a code action writes the migration that is missing": async (hands) => {
    await hands.write(schema, schema.getText().replace(/}\n$/, "  nick  String?\n}\n"));
    const [found] = await hands.said(schema.uri, [UNMIGRATED]);
    const action = await hands.until("the action", async () => {
      const actions = await hands.actions(schema.uri, found.range, vscode.CodeActionKind.QuickFix);
      return actions.find(({ title }) => title.startsWith("Write the"));
    });
    assert(await vscode.workspace.applyEdit(action.edit));
    await hands.said(schema.uri, []);
    const written = await hands.until("a third migration", () =>
      vscode.workspace.textDocuments.find(
        (each) => each.uri.path.endsWith("/migration.sql") && each.getText().includes('"nick"'),
      ),
    );
    assert.equal(written.getText(), '-- AlterTable\nALTER TABLE "User" ADD COLUMN     "nick" TEXT;\n');
    assert(await written.save());
    const folders = fs.readdirSync(hands.file("prisma/migrations").fsPath);
    assert(folders.includes(path.basename(path.dirname(written.uri.fsPath))));
    await hands.said(schema.uri, []);
  },

  "a script that is deleted is missed at once": async (hands) => {
    const folder = hands.file("prisma/migrations").fsPath;
    const [newest] = fs.readdirSync(folder).filter((name) => /^\d/.test(name)).sort().reverse();
    assert(await vscode.workspace.saveAll());
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    schema = await hands.open(schema.uri);
    fs.rmSync(path.join(folder, newest, "migration.sql"));
    await hands.until("what is missing now", () => hands.finds(schema, UNMIGRATED));
  },
};
