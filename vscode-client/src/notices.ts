// What a person is told when Referee cannot run: one sentence, with a button that helps.

import * as vscode from "vscode";

import { complaint } from "./interpreter";
import type { Server } from "./server";

const DOWNLOADS = "https://www.python.org/downloads/";

type Help = Readonly<Record<string, () => Thenable<unknown>>>;

const FOR_PYTHON: Help = {
  "Choose Python": () => vscode.commands.executeCommand("referee.selectInterpreter"),
  "Get Python": () => vscode.env.openExternal(vscode.Uri.parse(DOWNLOADS)),
};

const FOR_SERVER: Help = {
  "Show Output": () => vscode.commands.executeCommand("referee.showOutput"),
  Restart: () => vscode.commands.executeCommand("referee.restartServer"),
};

export function showNotices(server: Server): vscode.Disposable {
  return server.onDidChangeState((state) => {
    if (state.kind === "no Python") {
      void tell(complaint(state.discovery), FOR_PYTHON);
    } else if (state.kind === "failed") {
      void tell(state.reason, FOR_SERVER);
    }
  });
}

async function tell(sentence: string, help: Help): Promise<void> {
  const answer = await vscode.window.showWarningMessage(sentence, ...Object.keys(help));
  if (answer !== undefined) {
    await help[answer]?.();
  }
}
