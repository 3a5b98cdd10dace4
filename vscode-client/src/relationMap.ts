// The relation map: one panel that draws the relations of a schema, asks the server for what
// deleting a row does, and follows every edit. The page in it is made in `webview/`.

import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";

import type { At, FromMap, RelationMap, ToMap, WrittenDelete } from "../webview/data";

/** What the server answers to `referee/relationMap`. */
interface MapAnswer {
  readonly title: string;
  readonly uris: readonly string[];
  readonly map: RelationMap;
}

/** What the command may be given: a document of the schema, and a model to choose in it. */
interface Wanted {
  readonly uri?: string | undefined;
  readonly model?: string | undefined;
}

type Clients = () => LanguageClient | undefined;

// How long to wait after an edit for the next one.
const PAUSE_MS = 200;
const MOST_FILES_TO_CHOOSE_FROM = 200;

export function registerRelationMap(
  context: vscode.ExtensionContext,
  client: Clients,
): vscode.Disposable {
  let panel: MapPanel | undefined;
  const command = vscode.commands.registerCommand(
    "referee.showRelationMap",
    async (asked?: unknown) => {
      const wanted = readWanted(asked);
      const uri = wanted.uri === undefined ? await askSchema() : vscode.Uri.parse(wanted.uri);
      if (uri === undefined) {
        return;
      }
      if (panel === undefined) {
        const opened = new MapPanel(context.extensionUri, client);
        panel = opened;
        opened.onDidDispose(() => {
          panel = undefined;
        });
      }
      await panel.show(uri, wanted.model);
    },
  );
  return vscode.Disposable.from(command, { dispose: () => panel?.dispose() });
}

/** A command may be called by anybody with anything; an editor's title bar gives an address. */
function readWanted(asked: unknown): Wanted {
  if (asked instanceof vscode.Uri) {
    return { uri: asked.toString() };
  }
  if (typeof asked !== "object" || asked === null) {
    return {};
  }
  const { uri, model } = asked as Record<string, unknown>;
  return {
    uri: typeof uri === "string" ? uri : undefined,
    model: typeof model === "string" ? model : undefined,
  };
}

/** Returns a file of the schema that is meant: the active one, an open one, or a chosen one. */
async function askSchema(): Promise<vscode.Uri | undefined> {
  const active = vscode.window.activeTextEditor?.document;
  const open = [active, ...vscode.workspace.textDocuments].find(
    (document) => document?.languageId === "prisma" && !document.isClosed,
  );
  if (open !== undefined) {
    return open.uri;
  }
  const files = await vscode.workspace.findFiles(
    "**/*.prisma",
    "**/node_modules/**",
    MOST_FILES_TO_CHOOSE_FROM,
  );
  if (files.length < 2) {
    if (files.length === 0) {
      void vscode.window.showInformationMessage("There is no Prisma schema in this workspace.");
    }
    return files[0];
  }
  const choices = files
    .map((uri) => ({ label: vscode.workspace.asRelativePath(uri), uri }))
    .sort((one, other) => one.label.localeCompare(other.label));
  const placeHolder = "The schema, or a file of the schema, to draw";
  return (await vscode.window.showQuickPick(choices, { placeHolder }))?.uri;
}

class MapPanel implements vscode.Disposable {
  private readonly panel: vscode.WebviewPanel;
  private readonly subscriptions: vscode.Disposable[] = [];
  private isReady = false;
  private uri: vscode.Uri | undefined;
  /** A model to choose when there is a map that has it. */
  private wanted: string | undefined;
  private files: readonly string[] = [];
  private pause: NodeJS.Timeout | undefined;
  private shown = "";
  private asked = 0;

  constructor(
    extensionUri: vscode.Uri,
    private readonly client: Clients,
  ) {
    const assets = vscode.Uri.joinPath(extensionUri, "dist", "webview");
    this.panel = vscode.window.createWebviewPanel(
      "referee.relationMap",
      "Relation Map",
      { viewColumn: vscode.ViewColumn.Beside, preserveFocus: false },
      { enableScripts: true, retainContextWhenHidden: true, localResourceRoots: [assets] },
    );
    this.panel.webview.html = page(this.panel.webview, assets);
    const isSchema = (uri: vscode.Uri): boolean => uri.path.endsWith(".prisma");
    this.subscriptions.push(
      this.panel.webview.onDidReceiveMessage((message: FromMap) => this.take(message)),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        if (document.languageId === "prisma") {
          this.askAgain();
        }
      }),
      // The server tells diagnostics when it has started, and when files changed on disk.
      vscode.languages.onDidChangeDiagnostics(({ uris }) => {
        if (uris.some(isSchema)) {
          this.askAgain();
        }
      }),
    );
    this.panel.onDidDispose(() => {
      clearTimeout(this.pause);
      vscode.Disposable.from(...this.subscriptions).dispose();
    });
  }

  get onDidDispose(): vscode.Event<void> {
    return this.panel.onDidDispose;
  }

  dispose(): void {
    this.panel.dispose();
  }

  async show(uri: vscode.Uri, model: string | undefined): Promise<void> {
    if (this.uri?.toString() !== uri.toString()) {
      this.uri = uri;
      this.shown = "";
    }
    this.wanted = model;
    this.panel.reveal(undefined, false);
    await this.refresh();
  }

  // --- From the page -----------------------------------------------------------------------------

  private async take(message: FromMap): Promise<void> {
    switch (message.type) {
      case "ready":
        this.isReady = true;
        this.shown = "";
        await this.refresh();
        break;
      case "delete":
        this.tell({
          type: "delete",
          model: message.model,
          delete: await this.ask<WrittenDelete>("referee/relationMapDelete", {
            model: message.model,
          }),
        });
        break;
      case "open":
        await this.open(message.at);
        break;
      case "save":
        await save(message.name, message.text, this.uri);
        break;
    }
  }

  private async open([file, line, column]: At): Promise<void> {
    const address = this.files[file];
    if (address === undefined) {
      return;
    }
    const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(address));
    const text = document.lineAt(Math.min(line, document.lineCount - 1)).text;
    // The map counts code points, the editor units of which some characters have two.
    const units = [...text].slice(0, column).join("").length;
    const place = new vscode.Position(line, units);
    const selection = new vscode.Range(place, place);
    const isBeside = vscode.window.visibleTextEditors.find(
      (editor) => editor.document.uri.toString() === document.uri.toString(),
    );
    const viewColumn = isBeside?.viewColumn ?? vscode.ViewColumn.One;
    await vscode.window.showTextDocument(document, { selection, viewColumn });
  }

  // --- From the server ---------------------------------------------------------------------------

  private askAgain(): void {
    clearTimeout(this.pause);
    this.pause = setTimeout(() => void this.refresh(), PAUSE_MS);
  }

  private async refresh(): Promise<void> {
    if (!this.isReady) {
      return;
    }
    const question = ++this.asked;
    const answer = await this.ask<MapAnswer>("referee/relationMap", {});
    if (question !== this.asked) {
      // Somebody typed meanwhile, and a newer answer is on its way.
      return;
    }
    if (answer === null) {
      this.tell({ type: "wait", sentence: "The server says nothing about this schema yet." });
      return;
    }
    this.files = answer.uris;
    const written = JSON.stringify(answer);
    if (written !== this.shown) {
      this.shown = written;
      this.panel.title = `Relations: ${answer.title}`;
      this.tell({ type: "map", title: answer.title, map: answer.map });
    }
    if (this.wanted !== undefined) {
      this.tell({ type: "select", model: this.wanted });
      this.wanted = undefined;
    }
  }

  /** Asks about the document of this panel; null where nobody can answer. */
  private async ask<Answer>(method: string, more: object): Promise<Answer | null> {
    const client = this.client();
    if (client === undefined || this.uri === undefined) {
      return null;
    }
    try {
      // The server speaks of open documents, and the editor closes what nobody looks at.
      await vscode.workspace.openTextDocument(this.uri);
      const textDocument = { uri: client.code2ProtocolConverter.asUri(this.uri) };
      return await client.sendRequest<Answer | null>(method, { textDocument, ...more });
    } catch (failure) {
      client.outputChannel.appendLine(`${method} failed: ${String(failure)}`);
      return null;
    }
  }

  private tell(message: ToMap): void {
    void this.panel.webview.postMessage(message);
  }
}

async function save(name: string, text: string, schema: vscode.Uri | undefined): Promise<void> {
  const folder =
    schema?.scheme === "file"
      ? vscode.Uri.joinPath(schema, "..")
      : vscode.workspace.workspaceFolders?.[0]?.uri;
  const chosen = await vscode.window.showSaveDialog(
    folder === undefined ? {} : { defaultUri: vscode.Uri.joinPath(folder, name) },
  );
  if (chosen !== undefined) {
    await vscode.workspace.fs.writeFile(chosen, new TextEncoder().encode(text));
  }
}

/** Returns the page, in which only our own script may run. */
function page(webview: vscode.Webview, assets: vscode.Uri): string {
  const nonce = randomBytes(18).toString("base64");
  const script = webview.asWebviewUri(vscode.Uri.joinPath(assets, "relation-map.js")).toString();
  const style = webview.asWebviewUri(vscode.Uri.joinPath(assets, "relation-map.css")).toString();
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${webview.cspSource}`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Relation Map</title>
<link rel="stylesheet" href="${style}">
</head>
<body>
<div id="relation-map"></div>
<script nonce="${nonce}" src="${script}"></script>
</body>
</html>
`;
}
