// The command `referee.explainRule`: the page of a rule, as the server's own version words it.

import * as vscode from "vscode";

import { codesAt } from "./findings";
import { run } from "./run";
import type { Server } from "./server";

const SCHEME = "referee-rule";

/** One line of `referee rules --format json`. */
interface ListedRule {
  readonly code: string;
  readonly family: string;
  readonly severity: string;
  readonly summary: string;
}

export function registerExplainRule(server: Server): vscode.Disposable {
  const pages = new Map<string, string>();
  const provider: vscode.TextDocumentContentProvider = {
    provideTextDocumentContent: (uri) => pages.get(uri.path) ?? "",
  };
  const explain = async (asked?: unknown): Promise<void> => {
    const code = typeof asked === "string" ? asked : await chooseCode(server);
    if (code === undefined) {
      return;
    }
    const page = await run(server, ["explain", code]);
    if (page === undefined) {
      return;
    }
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${code}.md` });
    pages.set(uri.path, page);
    await show(uri);
  };
  return vscode.Disposable.from(
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, provider),
    vscode.commands.registerCommand("referee.explainRule", explain),
  );
}

async function show(uri: vscode.Uri): Promise<void> {
  try {
    await vscode.commands.executeCommand("markdown.showPreview", uri);
  } catch {
    // The editor's own Markdown extension may be switched off.
    await vscode.window.showTextDocument(uri, { preview: true });
  }
}

/** Asks which rule: those found on the line of the cursor stand first. */
async function chooseCode(server: Server): Promise<string | undefined> {
  const editor = vscode.window.activeTextEditor;
  const here = editor === undefined ? [] : codesAt(editor.document, editor.selection);
  const chosen = await vscode.window.showQuickPick(items(server, here), {
    title: "Explain a rule of Referee",
    placeHolder: "Code of the rule",
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return chosen?.label;
}

async function items(server: Server, here: readonly string[]): Promise<vscode.QuickPickItem[]> {
  const output = await run(server, ["rules", "--format", "json"]);
  const { rules } = JSON.parse(output ?? '{"rules":[]}') as { rules: ListedRule[] };
  const item = (rule: ListedRule): vscode.QuickPickItem => ({
    label: rule.code,
    description: `${rule.family}, ${rule.severity}`,
    detail: rule.summary,
  });
  const separator = (label: string): vscode.QuickPickItem => ({
    label,
    kind: vscode.QuickPickItemKind.Separator,
  });
  const found = here.flatMap((code) => rules.filter((rule) => rule.code === code)).map(item);
  const others = rules.filter(({ code }) => !here.includes(code)).map(item);
  return found.length === 0
    ? others
    : [separator("on this line"), ...found, separator("all rules"), ...others];
}
