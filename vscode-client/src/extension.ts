// Where the editor begins: it wires the parts together, and starts the server with the first
// document that there is something to say about.

import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";

import { registerExplainRule } from "./explainRule";
import { registerFixWorkspace } from "./fixWorkspace";
import { showNotices } from "./notices";
import { PythonExtension } from "./pythonExtension";
import { registerRelationMap } from "./relationMap";
import { registerSelectInterpreter } from "./selectInterpreter";
import { DOCUMENTS, Server, type ServerState } from "./server";
import { registerShowDelete } from "./showDelete";
import { registerSilenceRule } from "./silenceRule";
import { showStatus } from "./statusBar";
import { isOfficialServerHere } from "./workspaceSettings";

/** What other extensions, and tests, may ask this one. */
export interface RefereeApi {
  readonly client: () => LanguageClient | undefined;
  readonly state: () => ServerState;
  readonly onDidChangeState: vscode.Event<ServerState>;
}

const NEEDS_RESTART = ["referee.interpreter", "referee.importStrategy"];

let server: Server | undefined;

export function activate(context: vscode.ExtensionContext): RefereeApi {
  const output = vscode.window.createOutputChannel("Referee", { log: true });
  const trace = vscode.window.createOutputChannel("Referee Trace", { log: true });
  const pythonExtension = new PythonExtension();
  const started = new Server(context.extensionUri.fsPath, pythonExtension, output, trace);
  server = started;
  context.subscriptions.push(
    output,
    trace,
    pythonExtension,
    started,
    showStatus(started),
    showNotices(started),
    registerExplainRule(started),
    registerFixWorkspace(started),
    registerSelectInterpreter(started),
    registerShowDelete(),
    registerSilenceRule(started),
    registerRelationMap(context, () => started.client),
    vscode.commands.registerCommand("referee.restartServer", () => started.restart()),
    vscode.commands.registerCommand("referee.showOutput", () => output.show()),
    ...restarts(started, pythonExtension),
    tellOfOfficialServer(started),
  );
  startWithFirstDocument(started, context);
  return {
    client: () => started.client,
    state: () => started.state,
    onDidChangeState: started.onDidChangeState,
  };
}

export async function deactivate(): Promise<void> {
  await server?.stop();
}

function startWithFirstDocument(started: Server, context: vscode.ExtensionContext): void {
  const isOurs = (document: vscode.TextDocument): boolean =>
    vscode.languages.match(DOCUMENTS, document) > 0;
  if (vscode.workspace.textDocuments.some(isOurs)) {
    void started.start();
    return;
  }
  const opening = vscode.workspace.onDidOpenTextDocument((document) => {
    if (isOurs(document)) {
      opening.dispose();
      void started.start();
    }
  });
  context.subscriptions.push(opening);
}

/** Starts the server again when what it is started with has changed. */
function restarts(started: Server, pythonExtension: PythonExtension): vscode.Disposable[] {
  const again = (): void => void started.restartIfStarted();
  return [
    pythonExtension.onDidChange(again),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (NEEDS_RESTART.some((name) => change.affectsConfiguration(name))) {
        again();
      }
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(again),
  ];
}

/** Lets the server leave to Prisma's own what that reports too, while that is here. */
function tellOfOfficialServer(started: Server): vscode.Disposable {
  let wasHere = isOfficialServerHere();
  return vscode.extensions.onDidChange(() => {
    if (isOfficialServerHere() !== wasHere) {
      wasHere = !wasHere;
      void started.tellSettingsChanged();
    }
  });
}
