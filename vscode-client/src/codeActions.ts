// Asks the server itself for code actions. The editor's own command asks every provider, and where
// one comes or goes meanwhile it gives up, with an error or with an empty answer.

import * as vscode from "vscode";
import {
  CodeActionRequest,
  type CodeActionParams,
  type LanguageClient,
} from "vscode-languageclient/node";

/** Returns the actions of a kind, and below it, in a range of a document that is open. */
export async function codeActions(
  client: LanguageClient,
  document: vscode.TextDocument,
  range: vscode.Range,
  kind: vscode.CodeActionKind,
  token?: vscode.CancellationToken,
): Promise<vscode.CodeAction[]> {
  const params: CodeActionParams = {
    textDocument: client.code2ProtocolConverter.asTextDocumentIdentifier(document),
    range: client.code2ProtocolConverter.asRange(range),
    context: { diagnostics: [], only: [kind.value] },
  };
  const answer = await client.sendRequest(CodeActionRequest.type, params, token);
  const found = await client.protocol2CodeConverter.asCodeActionResult(answer ?? [], token);
  return found.filter((each): each is vscode.CodeAction => each instanceof vscode.CodeAction);
}
