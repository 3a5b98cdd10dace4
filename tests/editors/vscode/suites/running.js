// What every suite in the extension host uses: running tests, waiting, and asking the window.
// A suite is an object of functions by a sentence; they run in their order, until several failed,
// and what each came to is written to the file `results`.

"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const vscode = require("vscode");

// After so many failures the others would only wait in vain as well.
const MOST_FAILURES = 3;
// A wait ends as soon as it may: so long it lasts only where something is broken.
const PATIENCE = 180_000;

/** Runs the tests of a suite file; VS Code calls it through a file written for the occasion. */
async function run({ suite, results, answers, facts }) {
  const tests = require(suite);
  const outcomes = [];
  // A window on a file of several folders may begin before it has read that file.
  await until("folders in the window", () => vscode.workspace.workspaceFolders?.length);
  for (const [name, test] of Object.entries(tests)) {
    const started = Date.now();
    const outcome = { name };
    try {
      await test(new Hands(answers, facts));
    } catch (error) {
      outcome.failure = error?.stack ?? String(error);
    }
    outcome.milliseconds = Date.now() - started;
    outcomes.push(outcome);
    fs.writeFileSync(results, JSON.stringify(outcomes));
    if (outcomes.filter((each) => each.failure).length >= MOST_FAILURES) {
      return;
    }
  }
}

let questions = 0;

/** What a test does with the editor: through its programming interface, or in its window. */
class Hands {
  constructor(answers, facts) {
    this.answers = answers;
    /** What the Python side knows and a suite needs, such as paths. */
    this.facts = facts;
  }

  /** Waits until `look` gives something true, and returns that. */
  async until(what, look) {
    return until(what, look);
  }

  /** The address of a file, relative to the first folder or one with a name. */
  file(name, folder = vscode.workspace.workspaceFolders[0]) {
    return vscode.Uri.joinPath(folder.uri, name);
  }

  async open(uri) {
    const document = await vscode.workspace.openTextDocument(uri);
    // Not as a preview, which the next file would replace: what nobody looks at is closed one day.
    await vscode.window.showTextDocument(document, { preview: false });
    return document;
  }

  /** Replaces the whole text of a document. */
  async write(document, text) {
    const edit = new vscode.WorkspaceEdit();
    const end = document.lineAt(document.lineCount - 1).range.end;
    edit.replace(document.uri, new vscode.Range(new vscode.Position(0, 0), end), text);
    assert(await vscode.workspace.applyEdit(edit));
  }

  /** What Referee says of a document. */
  diagnostics(uri) {
    return vscode.languages.getDiagnostics(uri).filter((each) => each.source === "referee");
  }

  /** Codes of what Referee says of a document, in their order in the text. */
  codes(uri) {
    return this.diagnostics(uri)
      .sort((one, other) => one.range.start.compareTo(other.range.start))
      .map(codeOf);
  }

  /** Waits until Referee says exactly these codes of a document, and returns the diagnostics. */
  async said(uri, codes) {
    const wanted = JSON.stringify(codes);
    try {
      return await until(`${wanted} in ${path.basename(uri.path)}`, () =>
        JSON.stringify(this.codes(uri)) === wanted ? this.diagnostics(uri) : undefined,
      );
    } catch (error) {
      throw new Error(`${error.message}; it is ${JSON.stringify(this.codes(uri))}`);
    }
  }

  /** The first diagnostic of a document with a code; it is a failure if there is none. */
  finding(document, code) {
    const found = this.diagnostics(document.uri).find((each) => codeOf(each) === code);
    assert(found, `no ${code} in ${JSON.stringify(this.codes(document.uri))}`);
    return found;
  }

  finds(document, code) {
    return this.codes(document.uri).includes(code);
  }

  /** The position of a text in a document, or of a column in it. */
  at(document, text, column = 0) {
    const offset = document.getText().indexOf(text);
    assert(offset >= 0, `no ${text} in ${document.uri}`);
    return document.positionAt(offset + column);
  }

  /** Makes the quick fix with a title at the first diagnostic with a code. */
  async apply(document, code, title) {
    const { range } = this.finding(document, code);
    const action = await until(`the quick fix "${title}"`, async () => {
      const actions = await this.actions(document.uri, range, vscode.CodeActionKind.QuickFix);
      return actions.find((each) => each.title === title);
    });
    assert(await vscode.workspace.applyEdit(action.edit));
  }

  /** What the inlay hints of a document say, in their order. */
  async hints(document) {
    const hints = await vscode.commands.executeCommand(
      "vscode.executeInlayHintProvider",
      document.uri,
      new vscode.Range(0, 0, document.lineCount, 0),
    );
    return hints.map(({ label }) =>
      typeof label === "string" ? label : label.map((part) => part.value).join(""),
    );
  }

  /**
   * The processes of the language servers that this extension host started and that still run.
   * Each Python that becomes one leaves a file named after its parent and itself.
   */
  servers() {
    const folder = path.join(this.facts.logs, "servers");
    return (fs.existsSync(folder) ? fs.readdirSync(folder) : [])
      .map((name) => name.split("-").map(Number))
      .filter(([parent, own]) => parent === process.pid && isAlive(own))
      .map(([, own]) => own);
  }

  /**
   * The code actions of a range, with edits, of a kind and what is below it.
   * VS Code cancels the question when a provider comes or goes meanwhile; then it is asked again.
   */
  async actions(uri, range, kind) {
    return until("code actions", () =>
      vscode.commands
        .executeCommand("vscode.executeCodeActionProvider", uri, range, kind?.value, 50)
        .then(undefined, (error) => {
          if (error?.name !== "Canceled") {
            throw error;
          }
        }),
    );
  }

  /** The same, once there are any: the answer to a question that was cancelled may be empty. */
  async someActions(uri, range, kind) {
    return until("a code action", async () => {
      const actions = await this.actions(uri, range, kind);
      return actions.length > 0 && actions;
    });
  }

  /** The texts of all hovers at a position, once there is one. */
  async hovers(uri, position) {
    return until("a hover", async () => {
      const hovers = await vscode.commands.executeCommand(
        "vscode.executeHoverProvider",
        uri,
        position,
      );
      const texts = hovers.flatMap((hover) =>
        hover.contents.map((content) => content.value ?? content),
      );
      return texts.length > 0 && texts;
    });
  }

  async set(key, value, target = vscode.ConfigurationTarget.Global) {
    await vscode.workspace.getConfiguration().update(key, value, target);
  }

  /** Waits until the status bar says of Referee what is expected, and returns that. */
  async status(expected) {
    return until(`a status like ${expected}`, async () => {
      const { label } = await this.inWindow("statusOf", "prisma-referee.prisma-referee");
      return expected.test(label) && label;
    });
  }

  /** Asks whoever sits before the window to call a method of it. */
  async inWindow(method, ...words) {
    questions += 1;
    const file = path.join(this.answers, `${questions}.json`);
    console.log(`@ask ${JSON.stringify({ number: questions, method, words })}`);
    await until(`an answer to ${method}`, () => fs.existsSync(file), PATIENCE + 10_000);
    const { result, error } = JSON.parse(fs.readFileSync(file, "utf8"));
    if (error) {
      throw new Error(error);
    }
    return result;
  }
}

/** The code of a diagnostic, with or without a link. */
function codeOf(diagnostic) {
  const { code } = diagnostic;
  return typeof code === "object" ? code.value : code;
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function until(what, look, patience = PATIENCE) {
  const end = Date.now() + patience;
  for (;;) {
    const found = await look();
    if (found) {
      return found;
    }
    if (Date.now() > end) {
      throw new Error(`waited in vain for ${what}`);
    }
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
}

module.exports = { codeOf, run };
