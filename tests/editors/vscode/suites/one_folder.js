// What Referee does in a window on one folder, from the moment a schema is opened.

"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const vscode = require("vscode");
const { codeOf } = require("./running.js");

const ID = "prisma-referee.prisma-referee";
const { CodeActionKind } = vscode;
const FIX_ALL = CodeActionKind.SourceFixAll.append("referee");

const INDEX_OF_POST = "unindexed-foreign-key";
const SCHEMA_CODES = [
  "unindexed-foreign-key",
  "blocked-delete",
  "unindexed-foreign-key",
  "unindexed-foreign-key",
  "set-null-on-required",
];

let schema;
let original;

module.exports = {
  "a file of another kind does not wake it": async (hands) => {
    await hands.open(hands.file("notes.txt"));
    await hands.open(hands.file("seed.sql"));
    assert(vscode.extensions.getExtension(ID), "it is installed");
    assert(!vscode.extensions.getExtension(ID).isActive);
    assert.deepEqual(await hands.servers(), []);
  },

  "a schema wakes it, and it says what it finds": async (hands) => {
    schema = await hands.open(hands.file("one/schema.prisma"));
    original = schema.getText();
    assert.equal(schema.languageId, "prisma");
    await hands.said(schema.uri, SCHEMA_CODES);
    assert(vscode.extensions.getExtension(ID).isActive);
    assert.equal((await hands.servers()).length, 1);
  },

  "a diagnostic has a severity, a sentence, a code with a link, and the line it is about": (hands) => {
    const found = hands.finding(schema, INDEX_OF_POST);
    assert.equal(found.severity, vscode.DiagnosticSeverity.Warning);
    assert.match(found.message, /^`Post\.authorId` has no index: /);
    assert.match(String(found.code.target), /^command:referee\.explainRule\?.*unindexed-foreign-key/);
    assert.equal(schema.getText(found.range), "fields: [authorId]");
    const wrong = hands.finding(schema, "set-null-on-required");
    assert.equal(wrong.severity, vscode.DiagnosticSeverity.Error);
  },

  "a diagnostic names the other places it rests on": (hands) => {
    const found = hands.finding(schema, "blocked-delete");
    assert.equal(found.relatedInformation.length, 1);
    const [{ location, message }] = found.relatedInformation;
    assert.match(message, /deleting a row of `User` deletes those of `Post`/);
    assert.equal(String(location.uri), String(schema.uri));
    assert.equal(schema.getText(location.range), "onDelete: Cascade");
  },

  "the hover of a relation says what happens to it": async (hands) => {
    const [text] = await hands.hovers(schema.uri, hands.at(schema, "author   User"));
    assert.match(text, /Cascade/);
    assert.match(text, /Post/);
  },

  "what a line offers: its fix first, then its silence": async (hands) => {
    const { range } = hands.finding(schema, INDEX_OF_POST);
    const actions = await hands.someActions(schema.uri, range, CodeActionKind.QuickFix);
    assert.deepEqual(
      actions.map((action) => [action.title, action.kind.value, action.isPreferred === true]),
      [
        ["Add `@@index([authorId])`", "quickfix", true],
        ["Silence `unindexed-foreign-key` here", "quickfix.referee.silence", false],
      ],
    );
  },

  "a quick fix mends the schema, and undo brings it back": async (hands) => {
    await hands.apply(schema, INDEX_OF_POST, "Add `@@index([authorId])`");
    await hands.said(schema.uri, SCHEMA_CODES.slice(1));
    assert.match(schema.getText(), /\n\n {2}@@index\(\[authorId\]\)\n}/);
    await vscode.commands.executeCommand("undo");
    await hands.said(schema.uri, SCHEMA_CODES);
    assert.equal(schema.getText(), original);
  },

  "each of several ways out of one finding is offered": async (hands) => {
    const { range } = hands.finding(schema, "set-null-on-required");
    const titles = (await hands.someActions(schema.uri, range, CodeActionKind.QuickFix))
      .map((action) => action.title)
      .filter((title) => !title.startsWith("Silence") && !title.startsWith("Add"));
    assert.equal(titles.length, 3, titles.join(", "));
    for (const title of titles) {
      await hands.apply(schema, "set-null-on-required", title);
      await hands.until(`${title} to help`, () => !hands.finds(schema, "set-null-on-required"));
      await hands.write(schema, original);
      await hands.said(schema.uri, SCHEMA_CODES);
    }
  },

  "a silence is a comment with a place for the reason": async (hands) => {
    await hands.apply(schema, INDEX_OF_POST, "Silence `unindexed-foreign-key` here");
    await hands.said(schema.uri, SCHEMA_CODES.slice(1));
    assert.match(schema.getText(), /\n {2}\/\/ referee-ignore unindexed-foreign-key: /);
    await hands.write(schema, original);
    await hands.said(schema.uri, SCHEMA_CODES);
  },

  "a command silences what is found at the cursor": async (hands) => {
    const editor = await vscode.window.showTextDocument(schema);
    const { start } = hands.finding(schema, INDEX_OF_POST).range;
    editor.selection = new vscode.Selection(start, start);
    const silenced = vscode.commands.executeCommand("referee.silenceRule");
    await hands.inWindow("pick", "Here");
    await silenced;
    await hands.said(schema.uri, SCHEMA_CODES.slice(1));
    assert.match(schema.getText(), /\n {2}\/\/ referee-ignore unindexed-foreign-key: /);
    await hands.write(schema, original);
    await hands.said(schema.uri, SCHEMA_CODES);
  },

  "all safe fixes are made where exactly they are asked for": async (hands) => {
    const whole = new vscode.Range(0, 0, schema.lineCount, 0);
    const general = await hands.actions(schema.uri, whole, CodeActionKind.SourceFixAll);
    assert.deepEqual(general.map((action) => action.title), []);
    const [action, ...others] = await hands.someActions(schema.uri, whole, FIX_ALL);
    assert.deepEqual(others, []);
    assert.equal(action.kind.value, "source.fixAll.referee");
    assert(await vscode.workspace.applyEdit(action.edit));
    await hands.said(schema.uri, ["set-null-on-required"]);
    assert.equal(schema.getText().match(/@@index/g).length, 3);
    await hands.write(schema, original);
    await hands.said(schema.uri, SCHEMA_CODES);
  },

  "saving makes all safe fixes for whoever wants that": async (hands) => {
    await hands.set("editor.codeActionsOnSave", { "source.fixAll.referee": "explicit" });
    // A save goes on without the fixes where VS Code cancels its question for them.
    await hands.until("a save with three indexes", async () => {
      await hands.write(schema, `${original}\n`);
      assert(await schema.save());
      return fs.readFileSync(schema.uri.fsPath, "utf8").match(/@@index/g)?.length === 3;
    });
    await hands.said(schema.uri, ["set-null-on-required"]);
    await hands.set("editor.codeActionsOnSave", undefined);
    await hands.write(schema, original);
    assert(await schema.save());
    assert.equal(fs.readFileSync(schema.uri.fsPath, "utf8"), original);
    await hands.said(schema.uri, SCHEMA_CODES);
  },

  "a lens over each model says what a delete does": async (hands) => {
    const lenses = await vscode.commands.executeCommand(
      "vscode.executeCodeLensProvider",
      schema.uri,
      10,
    );
    const [lens] = lenses.filter((each) => each.range.start.line === hands.at(schema, "model User").line);
    assert.match(lens.command.title, /delet/);
  },

  "a hint in a relation says the action it has without saying so": async (hands) => {
    const hints = await hands.until("a hint", async () => {
      const found = await hands.hints(schema);
      return found.length > 0 && found;
    });
    assert.deepEqual(hints, [", onDelete: Restrict"]);
  },

  "lenses and hints go with their settings": async (hands) => {
    const lenses = () =>
      vscode.commands.executeCommand("vscode.executeCodeLensProvider", schema.uri);
    await hands.set("referee.hints", false);
    await hands.until("no hint", async () => (await hands.hints(schema)).length === 0);
    await hands.set("referee.lenses", false);
    await hands.until("no lens", async () => (await lenses()).length === 0);
    await hands.set("referee.hints", undefined);
    await hands.set("referee.lenses", undefined);
    await hands.until("a hint", async () => (await hands.hints(schema)).length === 1);
    await hands.until("lenses", async () => (await lenses()).length === 2);
  },

  "a severity that is set takes effect at once": async (hands) => {
    await hands.set("referee.severity", { "unindexed-foreign-key": "error", "blocked-delete": "off" });
    await hands.said(schema.uri, SCHEMA_CODES.filter((code) => code !== "blocked-delete"));
    await hands.until(
      "errors",
      () => hands.finding(schema, INDEX_OF_POST).severity === vscode.DiagnosticSeverity.Error,
    );
    await hands.set("referee.severity", undefined);
    await hands.said(schema.uri, SCHEMA_CODES);
  },

  "a mistake in a setting is told, and the rest works": async (hands) => {
    await hands.set("referee.severity", { "unindexed-foreign-kez": "error" });
    const { said } = await hands.inWindow("answerNotification", "unindexed-foreign-kez");
    assert.match(said, /unindexed-foreign-key/);
    await hands.set("referee.severity", undefined);
    await vscode.commands.executeCommand("notifications.clearAll");
    await hands.said(schema.uri, SCHEMA_CODES);
  },

  "a referee.toml that is written takes effect": async (hands) => {
    const file = hands.file("referee.toml").fsPath;
    fs.writeFileSync(file, '[severity]\nunindexed-foreign-key = "off"\n');
    await hands.said(schema.uri, ["blocked-delete", "set-null-on-required"]);
    fs.rmSync(file);
    await hands.said(schema.uri, SCHEMA_CODES);
  },

  "the files of one schema know each other": async (hands) => {
    const posts = await hands.open(hands.file("many/posts.prisma"));
    await hands.said(posts.uri, [INDEX_OF_POST]);
    const users = await hands.open(hands.file("many/users.prisma"));
    const before = users.getText();
    await hands.write(users, before.replace("model User", "model Person"));
    await hands.said(posts.uri, []);
    await hands.write(users, before);
    await hands.said(posts.uri, [INDEX_OF_POST]);
    await vscode.commands.executeCommand("workbench.action.files.revert");
    await hands.open(schema.uri);
  },

  "a file that is closed is no longer spoken of": async (hands) => {
    const closed = hands.file("closed/schema.prisma");
    await vscode.commands.executeCommand("vscode.open", closed);
    await hands.said(closed, [INDEX_OF_POST]);
    await vscode.commands.executeCommand("workbench.action.closeActiveEditor");
    await hands.said(closed, []);
  },

  "the status bar counts what is found": async (hands) => {
    await hands.open(schema.uri);
    const found = vscode.languages
      .getDiagnostics()
      .flatMap(([uri]) => hands.diagnostics(uri))
      .map((each) => each.severity);
    const errors = found.filter((each) => each === vscode.DiagnosticSeverity.Error).length;
    const warnings = found.filter((each) => each === vscode.DiagnosticSeverity.Warning).length;
    assert.equal(errors, 1);
    await hands.status(new RegExp(`: ${errors} error, ${warnings} warnings`));
  },

  "snippets write models, relations and indexes": async (hands) => {
    const list = await vscode.commands.executeCommand(
      "vscode.executeCompletionItemProvider",
      schema.uri,
      new vscode.Position(schema.lineCount - 1, 0),
    );
    const snippets = list.items.filter((item) => item.kind === vscode.CompletionItemKind.Snippet);
    const bodies = snippets.map((item) => item.insertText?.value ?? "").join("\n");
    for (const word of [/model /, /@relation\(/, /@@index\(/]) {
      assert.match(bodies, word);
    }
    const editor = await vscode.window.showTextDocument(schema, { preview: false });
    const end = new vscode.Position(schema.lineCount - 1, 0);
    editor.selection = new vscode.Selection(end, end);
    await vscode.commands.executeCommand("editor.action.insertSnippet", { name: "Model" });
    await hands.until("another model", () => /}\nmodel Name {\n[^]*@id[^]*}/.test(schema.getText()));
    await vscode.commands.executeCommand("leaveSnippet");
    await hands.write(schema, original);
    await hands.said(schema.uri, SCHEMA_CODES);
  },

  "every command that is promised exists": async () => {
    const promised = vscode.extensions
      .getExtension(ID)
      .packageJSON.contributes.commands.map((each) => each.command);
    const known = new Set(await vscode.commands.getCommands(true));
    assert.deepEqual(promised.filter((command) => !known.has(command)), []);
    assert(promised.length >= 7, promised.join(", "));
  },

  "every setting that is promised has a description": () => {
    const { configuration } = vscode.extensions.getExtension(ID).packageJSON.contributes;
    const sections = Array.isArray(configuration) ? configuration : [configuration];
    const silent = sections
      .flatMap((section) => Object.entries(section.properties))
      .filter(([, setting]) => !(setting.markdownDescription || setting.description));
    assert.deepEqual(silent.map(([key]) => key), []);
  },

  "all safe fixes of the workspace are made by one command": async (hands) => {
    await vscode.commands.executeCommand("referee.fixAllInWorkspace");
    await hands.said(schema.uri, ["set-null-on-required"]);
    const posts = await vscode.workspace.openTextDocument(hands.file("many/posts.prisma"));
    assert.match(posts.getText(), /@@index\(\[authorId\]\)/);
    await hands.write(schema, original);
    await hands.said(schema.uri, SCHEMA_CODES);
  },

  "a rule is explained": async (hands) => {
    await vscode.commands.executeCommand("referee.explainRule", "unindexed-foreign-key");
    await hands.until("a page about the rule", () => {
      const { label } = vscode.window.tabGroups.activeTabGroup.activeTab ?? {};
      return /unindexed-foreign-key/.test(label);
    });
    await vscode.commands.executeCommand("workbench.action.closeActiveEditor");
  },

  "the output is shown": async (hands) => {
    await vscode.commands.executeCommand("referee.showOutput");
    // What was logged cannot be read here: this server of VS Code runs without its native logger.
    await hands.until("the output of Referee", () =>
      vscode.window.visibleTextEditors.some(
        ({ document: { uri } }) => uri.scheme === "output" && /\bReferee$/.test(uri.path),
      ),
    );
    await vscode.commands.executeCommand("workbench.action.closePanel");
  },

  "the relation map opens beside the schema": async (hands) => {
    await hands.open(schema.uri);
    await vscode.commands.executeCommand("referee.showRelationMap");
    await hands.until("the map", () =>
      vscode.window.tabGroups.all
        .flatMap((group) => group.tabs)
        .some((tab) => tab.input instanceof vscode.TabInputWebview),
    );
    await hands.open(schema.uri);
  },

  "a restart starts a new server, and findings come back": async (hands) => {
    const before = await hands.servers();
    await vscode.commands.executeCommand("referee.restartServer");
    const after = await hands.until("another server", async () => {
      const now = await hands.servers();
      return now.length === 1 && now[0] !== before[0] && now;
    });
    assert.notDeepEqual(after, before);
    await hands.said(schema.uri, SCHEMA_CODES);
  },

  "a server that dies is started again": async (hands) => {
    const [before] = await hands.servers();
    process.kill(before, "SIGKILL");
    await hands.until("another server", async () => {
      const now = await hands.servers();
      return now.length === 1 && now[0] !== before;
    });
    await hands.said(schema.uri, SCHEMA_CODES);
    await hands.apply(schema, INDEX_OF_POST, "Add `@@index([authorId])`");
    await hands.said(schema.uri, SCHEMA_CODES.slice(1));
  },
};
