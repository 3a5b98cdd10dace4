// The findings of Referee among all diagnostics of the editor.

import * as vscode from "vscode";

const SOURCE = "referee";

export function findingsIn(uri: vscode.Uri): vscode.Diagnostic[] {
  return vscode.languages.getDiagnostics(uri).filter(({ source }) => source === SOURCE);
}

/** Returns the codes of the findings on some lines, each once, those under the cursor first. */
export function codesAt(document: vscode.TextDocument, selection: vscode.Selection): string[] {
  const onLines = findingsIn(document.uri).filter(
    ({ range }) => range.start.line <= selection.end.line && range.end.line >= selection.start.line,
  );
  const isUnder = ({ range }: vscode.Diagnostic): boolean =>
    range.intersection(selection) !== undefined;
  const ordered = [...onLines.filter(isUnder), ...onLines.filter((each) => !isUnder(each))];
  return [...new Set(ordered.map(codeOf).filter((code) => code !== ""))];
}

export function codeOf({ code }: vscode.Diagnostic): string {
  const value = typeof code === "object" ? code.value : code;
  return value === undefined ? "" : String(value);
}
