// The command `referee.silenceRule`: keeps a rule silent here, in this file, or in the workspace.

import * as vscode from "vscode";

import { codeActions } from "./codeActions";
import { codesAt } from "./findings";
import type { Server } from "./server";
import { SECTION } from "./workspaceSettings";

const SILENCE = vscode.CodeActionKind.QuickFix.append("referee.silence");

interface Way extends vscode.QuickPickItem {
  readonly run: () => Thenable<unknown>;
}

export function registerSilenceRule(server: Server): vscode.Disposable {
  return vscode.commands.registerCommand("referee.silenceRule", () => silenceRule(server));
}

async function silenceRule(server: Server): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) {
    return;
  }
  const codes = codesAt(editor.document, editor.selection);
  if (codes.length === 0) {
    void vscode.window.showInformationMessage("Referee has found nothing on this line.");
    return;
  }
  const code =
    codes.length === 1
      ? codes[0]
      : await vscode.window.showQuickPick(codes, { title: "Silence which rule?" });
  if (code === undefined) {
    return;
  }
  const ways = await waysToSilence(server, editor, code);
  const way = await vscode.window.showQuickPick(ways, { title: `Silence ${code}` });
  await way?.run();
}

async function waysToSilence(
  server: Server,
  editor: vscode.TextEditor,
  code: string,
): Promise<Way[]> {
  const ways: Way[] = [];
  const action = await silencingAction(server, editor, code);
  if (action !== undefined) {
    ways.push({
      label: "Here",
      detail: "A comment above the line, with your reason",
      run: () => apply(action),
    });
  }
  ways.push({
    label: "In this file",
    detail: "A comment at the top of the file, with your reason",
    run: () => silenceFile(editor, code),
  });
  const target =
    vscode.workspace.workspaceFolders === undefined
      ? vscode.ConfigurationTarget.Global
      : vscode.ConfigurationTarget.Workspace;
  const isGlobal = target === vscode.ConfigurationTarget.Global;
  ways.push({
    label: isGlobal ? "Everywhere" : "In this workspace",
    detail: `Switches the rule off in the ${isGlobal ? "user" : "workspace"} settings; referee.toml would do it for the whole team and for CI`,
    run: () => switchOff(code, target),
  });
  return ways;
}

/** Returns the server's own action that puts a comment above the finding. */
async function silencingAction(
  server: Server,
  editor: vscode.TextEditor,
  code: string,
): Promise<vscode.CodeAction | undefined> {
  if (server.client === undefined) {
    return undefined;
  }
  const { document, selection } = editor;
  const actions = await codeActions(server.client, document, selection, SILENCE);
  return actions.find(({ title }) => title.includes(`\`${code}\``));
}

async function apply({ edit, command }: vscode.CodeAction): Promise<void> {
  if (edit !== undefined) {
    await vscode.workspace.applyEdit(edit);
  }
  if (command !== undefined) {
    await vscode.commands.executeCommand(command.command, ...(command.arguments ?? []));
  }
}

async function silenceFile(editor: vscode.TextEditor, code: string): Promise<void> {
  const snippet = new vscode.SnippetString(`// referee-ignore-file ${code}: `);
  snippet.appendPlaceholder("reason");
  snippet.appendText("\n");
  await editor.insertSnippet(snippet, new vscode.Position(0, 0));
}

async function switchOff(code: string, target: vscode.ConfigurationTarget): Promise<void> {
  const settings = vscode.workspace.getConfiguration(SECTION);
  const places = settings.inspect<Record<string, string>>("severity");
  const isGlobal = target === vscode.ConfigurationTarget.Global;
  const before = isGlobal ? places?.globalValue : places?.workspaceValue;
  await settings.update("severity", { ...before, [code]: "off" }, target);
}
