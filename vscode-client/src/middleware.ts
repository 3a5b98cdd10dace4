// What is changed on the way between the editor and the server.

import * as vscode from "vscode";
import type { Middleware } from "vscode-languageclient/node";

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
  executeCommand: (command, args, next) => {
    if (command === SHOW_DELETE_TREE) {
      return vscode.commands.executeCommand("referee.showDelete", ...args);
    }
    return next(command, args);
  },
};

/** Lets the code of a diagnostic open the page of its rule, where the server knows no address. */
function withExplanation(diagnostic: vscode.Diagnostic): vscode.Diagnostic {
  if (typeof diagnostic.code === "string") {
    const words = encodeURIComponent(JSON.stringify([diagnostic.code]));
    const target = vscode.Uri.parse(`command:referee.explainRule?${words}`);
    diagnostic.code = { value: diagnostic.code, target };
  }
  return diagnostic;
}
