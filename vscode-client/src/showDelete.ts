// The command `referee.showDelete`: what deleting a row of a model does, drawn in the relation map.

import * as vscode from "vscode";

import { modelAt } from "./schemaText";

export function registerShowDelete(): vscode.Disposable {
  return vscode.commands.registerCommand(
    "referee.showDelete",
    async (askedUri?: unknown, askedModel?: unknown) => {
      const editor = vscode.window.activeTextEditor;
      const isNamed = typeof askedUri === "string" && typeof askedModel === "string";
      const uri = isNamed ? askedUri : editor?.document.uri.toString();
      const model = isNamed ? askedModel : modelUnderCursor(editor);
      if (uri === undefined || model === undefined) {
        void vscode.window.showInformationMessage(
          "Put the cursor into a model to see what deleting one of its rows does.",
        );
        return;
      }
      await vscode.commands.executeCommand("referee.showRelationMap", { uri, model });
    },
  );
}

function modelUnderCursor(editor: vscode.TextEditor | undefined): string | undefined {
  if (editor === undefined || editor.document.languageId !== "prisma") {
    return undefined;
  }
  const lines = editor.document.getText().split(/\r\n|\n|\r/);
  return modelAt(lines, editor.selection.active.line);
}
