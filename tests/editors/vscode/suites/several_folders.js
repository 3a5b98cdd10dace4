// What Referee does in a window on several folders, each with settings of its own.

"use strict";

const assert = require("node:assert/strict");
const vscode = require("vscode");

const CODE = "unindexed-foreign-key";

const folder = (name) => vscode.workspace.workspaceFolders.find((each) => each.name === name);

module.exports = {
  "each folder is judged by its own schema": async (hands) => {
    const postgres = hands.file("schema.prisma", folder("postgres"));
    const mysql = hands.file("schema.prisma", folder("mysql"));
    await hands.open(postgres);
    await hands.said(postgres, [CODE]);
    // MySQL makes an index for each foreign key by itself.
    const document = await hands.open(mysql);
    await hands.until("hints", async () => (await hands.hints(document)).length > 0);
    assert.deepEqual(hands.codes(mysql), []);
    assert.equal(hands.servers().length, 1);
  },

  "each folder has its own settings": async (hands) => {
    const strict = hands.file("schema.prisma", folder("strict"));
    await hands.open(strict);
    await saidAs(hands, strict, vscode.DiagnosticSeverity.Error);
    const postgres = hands.file("schema.prisma", folder("postgres"));
    assert.equal(hands.diagnostics(postgres)[0].severity, vscode.DiagnosticSeverity.Warning);
  },

  "a setting of one folder leaves the others alone": async (hands) => {
    const strict = hands.file("schema.prisma", folder("strict"));
    const postgres = hands.file("schema.prisma", folder("postgres"));
    const settings = vscode.workspace.getConfiguration("referee", strict);
    const ofFolder = vscode.ConfigurationTarget.WorkspaceFolder;
    await settings.update("severity", { [CODE]: "off" }, ofFolder);
    await hands.said(strict, []);
    assert.deepEqual(hands.codes(postgres), [CODE]);
    await settings.update("severity", { [CODE]: "hint" }, ofFolder);
    await saidAs(hands, strict, vscode.DiagnosticSeverity.Hint);
  },

  "a folder that is added is judged, and one that is removed is left": async (hands) => {
    const { uri } = folder("postgres");
    const late = vscode.Uri.joinPath(uri, "..", "late");
    const schema = vscode.Uri.joinPath(late, "schema.prisma");
    await changeFolders(3, 0, { uri: late, name: "late" });
    await vscode.commands.executeCommand("vscode.open", schema);
    await hands.said(schema, [CODE]);
    await changeFolders(3, 1);
    assert.equal(folder("late"), undefined);
    const postgres = hands.file("schema.prisma", folder("postgres"));
    assert.deepEqual(hands.codes(postgres), [CODE]);
  },
};

/** Waits until the finding is told with a severity: the settings of a folder may come behind it. */
async function saidAs(hands, uri, severity) {
  await hands.said(uri, [CODE]);
  await hands.until("another severity", () => hands.diagnostics(uri)[0]?.severity === severity);
}

/** Adds or removes a folder, and waits until the editor has done so. */
async function changeFolders(...change) {
  const changed = new Promise((resolve) => {
    const listening = vscode.workspace.onDidChangeWorkspaceFolders(() => {
      listening.dispose();
      resolve();
    });
  });
  assert(vscode.workspace.updateWorkspaceFolders(...change));
  await changed;
}
