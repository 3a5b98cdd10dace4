// The command `referee.fixAllInWorkspace`: all safe fixes of all schemas, as one edit a round.

import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";

import { codeActions } from "./codeActions";
import type { Server } from "./server";

const FIX_ALL = vscode.CodeActionKind.SourceFixAll.append("referee");
// A fix may make room for another one; each round is judged anew.
const MOST_ROUNDS = 10;

export function registerFixWorkspace(server: Server): vscode.Disposable {
  return vscode.commands.registerCommand("referee.fixAllInWorkspace", async () => {
    await server.start();
    const { client } = server;
    if (client === undefined) {
      // Why the server does not run was said when it did not start.
      return 0;
    }
    const options = {
      location: vscode.ProgressLocation.Notification,
      title: "Making the safe fixes of Referee",
      cancellable: true,
    };
    const changed = await vscode.window.withProgress(options, (_progress, token) =>
      fixAll(client, token),
    );
    // Whoever runs the command by name, as a keybinding or a test does, need not wait for a click.
    void tell(changed);
    return changed.length;
  });
}

async function tell(changed: readonly vscode.Uri[]): Promise<void> {
  if (changed.length === 0) {
    await vscode.window.showInformationMessage("There is no safe fix to make in this workspace.");
    return;
  }
  const files = changed.length === 1 ? "1 file" : `${changed.length} files`;
  const save = "Save All";
  const answer = await vscode.window.showInformationMessage(
    `Made the safe fixes in ${files}, which ${changed.length === 1 ? "is" : "are"} not saved yet.`,
    save,
  );
  if (answer === save) {
    await Promise.all(changed.map((uri) => vscode.workspace.save(uri)));
  }
}

/** Makes all safe fixes and returns the files that changed. */
async function fixAll(
  client: LanguageClient,
  token: vscode.CancellationToken,
): Promise<vscode.Uri[]> {
  const found = await vscode.workspace.findFiles(
    "**/*.prisma",
    "**/node_modules/**",
    undefined,
    token,
  );
  const open = vscode.workspace.textDocuments
    .filter(({ languageId, uri }) => languageId === "prisma" && uri.scheme === "untitled")
    .map(({ uri }) => uri);
  const changed = new Map<string, vscode.Uri>();
  for (let round = 0; round < MOST_ROUNDS && !token.isCancellationRequested; round++) {
    const edit = await safeFixes(client, [...found, ...open], token);
    if (token.isCancellationRequested || edit.size === 0) {
      break;
    }
    if (!(await vscode.workspace.applyEdit(edit))) {
      throw new Error("The fixes could not be made: a file changed at the same time.");
    }
    for (const [uri] of edit.entries()) {
      changed.set(uri.toString(), uri);
    }
  }
  return [...changed.values()];
}

async function safeFixes(
  client: LanguageClient,
  uris: readonly vscode.Uri[],
  token: vscode.CancellationToken,
): Promise<vscode.WorkspaceEdit> {
  const all = new vscode.WorkspaceEdit();
  for (const uri of uris) {
    if (token.isCancellationRequested) {
      break;
    }
    // Opened, so that the server is told of it: it fixes what the editor holds, saved or not.
    const document = await vscode.workspace.openTextDocument(uri);
    const whole = new vscode.Range(0, 0, document.lineCount, 0);
    for (const action of await codeActions(client, document, whole, FIX_ALL, token)) {
      for (const [target, edits] of action.edit?.entries() ?? []) {
        all.set(target, edits);
      }
    }
  }
  return all;
}
