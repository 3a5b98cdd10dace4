// What is changed on the way between the editor and the server.

import * as vscode from "vscode";
import type { Middleware } from "vscode-languageclient/node";

import { codeOf, findingsIn } from "./findings";
import { withoutFindings } from "./hoverText";
import { SECTION, sectionFor } from "./workspaceSettings";

// The command of the lenses: the server answers it with the tree as text, and here it is drawn.
const SHOW_DELETE_TREE = "referee.showDeleteTree";

export const middleware: Middleware = {
  workspace: {
    configuration: async (params, token, next) => {
      const answer = await next(params, token);
      if (!Array.isArray(answer)) {
        return answer;
      }
      return params.items.map((item, number) => {
        if (item.section !== SECTION) {
          return answer[number];
        }
        return sectionFor(item.scopeUri === undefined ? undefined : vscode.Uri.parse(item.scopeUri));
      });
    },
    // The server asks for what it needs; what would be pushed holds defaults too.
    didChangeConfiguration: (_sections, next) => next(undefined),
  },
  handleDiagnostics: (uri, diagnostics, next) => {
    next(uri, diagnostics.map(withExplanation));
  },
  provideHover: async (document, position, token, next) => {
    const hover = await next(document, position, token);
    return hover && besideFindings(hover, document.uri, position);
  },
  executeCommand: (command, args, next) => {
    if (command === SHOW_DELETE_TREE) {
      return vscode.commands.executeCommand("referee.showDelete", ...args);
    }
    return next(command, args);
  },
};

/** Leaves out what the editor says of the findings at a place by itself. */
function besideFindings(
  hover: vscode.Hover,
  uri: vscode.Uri,
  position: vscode.Position,
): vscode.Hover | undefined {
  const codes = findingsIn(uri)
    .filter(({ range }) => range.contains(position))
    .map(codeOf);
  for (const content of hover.contents) {
    if (content instanceof vscode.MarkdownString) {
      content.value = withoutFindings(content.value, codes);
    }
  }
  const isSilent = hover.contents.every(
    (content) => content instanceof vscode.MarkdownString && content.value.trim() === "",
  );
  return isSilent ? undefined : hover;
}

/** Lets the code of a diagnostic open the page of its rule, where the server knows no address. */
function withExplanation(diagnostic: vscode.Diagnostic): vscode.Diagnostic {
  if (typeof diagnostic.code === "string") {
    const words = encodeURIComponent(JSON.stringify([diagnostic.code]));
    const target = vscode.Uri.parse(`command:referee.explainRule?${words}`);
    diagnostic.code = { value: diagnostic.code, target };
  }
  return diagnostic;
}
