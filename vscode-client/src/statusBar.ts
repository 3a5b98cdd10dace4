// The item in the status bar: how many findings there are, or what keeps the server from running.

import * as vscode from "vscode";

import { type Counts, NOTHING, sentence, shownCounts, sum } from "./counts";
import { findingsIn } from "./findings";
import { complaint } from "./interpreter";
import { DOCUMENTS, type Server, type ServerState } from "./server";

const NAMES = ["error", "warning", "information", "hint"] as const;

const NO_BREAK_SPACE = "\u00a0";

/** Shows the item while a document is in view that Referee judges. */
export function showStatus(server: Server): vscode.Disposable {
  const item = vscode.window.createStatusBarItem(
    "referee.status",
    vscode.StatusBarAlignment.Left,
    // Beside the editor's own counts of problems.
    49,
  );
  item.name = "Referee";
  const counts = new Map<string, Counts>();

  const draw = (): void => {
    const document = vscode.window.activeTextEditor?.document;
    if (document === undefined || vscode.languages.match(DOCUMENTS, document) === 0) {
      item.hide();
      return;
    }
    const total = sum(counts.values());
    // Between two icons, an ordinary space would not be drawn.
    item.text = `$(law)${NO_BREAK_SPACE}${shownState(server.state, total)}`;
    item.tooltip = tooltip(server.state, total);
    item.accessibilityInformation = { label: label(server.state, total) };
    const isBroken = server.state.kind === "failed" || server.state.kind === "no Python";
    item.backgroundColor = isBroken
      ? new vscode.ThemeColor("statusBarItem.warningBackground")
      : undefined;
    item.command = isBroken ? "referee.showOutput" : "workbench.actions.view.problems";
    item.show();
  };
  const count = (uri: vscode.Uri): void => {
    const found = { ...NOTHING };
    for (const diagnostic of findingsIn(uri)) {
      found[NAMES[diagnostic.severity]] += 1;
    }
    if (Object.values(found).some((number) => number > 0)) {
      counts.set(uri.toString(), found);
    } else {
      counts.delete(uri.toString());
    }
  };
  draw();
  return vscode.Disposable.from(
    item,
    server.onDidChangeState(draw),
    vscode.window.onDidChangeActiveTextEditor(draw),
    vscode.languages.onDidChangeDiagnostics(({ uris }) => {
      uris.forEach(count);
      draw();
    }),
  );
}

function shownState(state: ServerState, counts: Counts): string {
  switch (state.kind) {
    case "running":
      return shownCounts(counts);
    case "no Python":
    case "failed":
      return "$(debug-disconnect)";
    case "waiting":
    case "starting":
      return "$(loading~spin)";
  }
}

function spokenState(state: ServerState, counts: Counts): string {
  switch (state.kind) {
    case "running":
      return `${sentence(counts)}.`;
    case "no Python":
      return complaint(state.discovery);
    case "failed":
      return state.reason;
    case "waiting":
    case "starting":
      return "Starting.";
  }
}

/** Returns what a screen reader says; a sentence about what is wrong names Referee itself. */
function label(state: ServerState, counts: Counts): string {
  const spoken = spokenState(state, counts);
  return spoken.includes("Referee") ? spoken : `Referee: ${spoken}`;
}

function tooltip(state: ServerState, counts: Counts): vscode.MarkdownString {
  const text = new vscode.MarkdownString("", true);
  text.isTrusted = {
    enabledCommands: [
      "referee.restartServer",
      "referee.showOutput",
      "referee.showRelationMap",
      "referee.selectInterpreter",
    ],
  };
  text.appendMarkdown("**Referee**");
  if (state.kind === "running") {
    const { version, path, origin } = state.interpreter;
    text.appendText(` ${state.version}\n\n`);
    text.appendText(`${spokenState(state, counts)}\n\n`);
    text.appendText(`Python ${version.join(".")}, ${path} (${origin})\n\n`);
  } else {
    text.appendText(`\n\n${spokenState(state, counts)}\n\n`);
  }
  text.appendMarkdown(
    "[Relation map](command:referee.showRelationMap) · [Restart](command:referee.restartServer) · " +
      "[Output](command:referee.showOutput) · [Python](command:referee.selectInterpreter)",
  );
  return text;
}
