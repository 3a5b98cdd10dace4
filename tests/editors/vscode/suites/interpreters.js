// Which Python runs the server, and what a person is told where there is none.

"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const vscode = require("vscode");

const CODES = ["unindexed-foreign-key"];

/** Starts the server again with another PATH. */
async function restartWith(path) {
  process.env.PATH = path;
  await vscode.commands.executeCommand("referee.restartServer");
}

let schema;
let usual;

module.exports = {
  "without a Python it says so in a sentence, with a button": async (hands) => {
    usual = process.env.PATH;
    process.env.PATH = hands.facts.emptyFolder;
    schema = hands.file("schema.prisma");
    await hands.open(schema);
    const { said, buttons } = await hands.inWindow("answerNotification", "Python 3.10");
    assert.match(said, /^Referee needs Python 3\.10 or newer, and none was found/);
    assert(buttons.length > 0);
    assert.deepEqual(hands.servers(), []);
    await hands.status(/none was found/);
    await vscode.commands.executeCommand("notifications.clearAll");
  },

  "with a Python that is too old it names it and its version": async (hands) => {
    const restart = restartWith(hands.facts.oldPythonFolder);
    const { said, buttons } = await hands.inWindow("answerNotification", "Python 3.10");
    await restart;
    assert.match(said, /^Referee needs Python 3\.10 or newer, and \/.*python3 is 3\.8\.20\./);
    assert(buttons.length > 0);
    assert.deepEqual(hands.servers(), []);
    await vscode.commands.executeCommand("notifications.clearAll");
  },

  "it goes on as soon as there is a Python on the PATH": async (hands) => {
    await restartWith(usual);
    await hands.said(schema, CODES);
    assert.equal(hands.servers().length, 1);
  },

  "the Python that is set runs the server": async (hands) => {
    assert(!fs.existsSync(hands.facts.notes.set));
    await hands.set("referee.interpreter", hands.facts.setPython);
    await hands.until("the Python to run", () => fs.existsSync(hands.facts.notes.set));
    await hands.said(schema, CODES);
    await hands.until("one server", () => hands.servers().length === 1);
  },

  "a Python that is set and is not there is told": async (hands) => {
    await hands.set("referee.interpreter", "/no/such/python");
    const { said } = await hands.inWindow("answerNotification", "/no/such/python");
    assert.match(said, /does not run/);
    await vscode.commands.executeCommand("notifications.clearAll");
    await hands.set("referee.interpreter", undefined);
    await hands.said(schema, CODES);
  },

  "a Python can be chosen from those that are there": async (hands) => {
    const chosen = vscode.commands.executeCommand("referee.selectInterpreter");
    await hands.inWindow("pick", "Python 3.");
    await chosen;
    const setting = vscode.workspace.getConfiguration("referee").get("interpreter");
    assert.match(setting, /\/python3$/);
    await hands.set("referee.interpreter", undefined);
    await hands.said(schema, CODES);
  },

  "the workspace's virtual environment goes before the PATH": async (hands) => {
    assert(!fs.existsSync(hands.facts.notes.environment));
    fs.renameSync(hands.file("later").fsPath, hands.file(".venv").fsPath);
    await vscode.commands.executeCommand("referee.restartServer");
    await hands.until("that Python", () => fs.existsSync(hands.facts.notes.environment));
    await hands.said(schema, CODES);
    assert(!fs.existsSync(hands.facts.notes.installed), "the bundled Referee ran");
  },

  "the workspace's own Referee runs for whoever says so": async (hands) => {
    await hands.set("referee.importStrategy", "fromEnvironment");
    await hands.until("that Referee", () => fs.existsSync(hands.facts.notes.installed));
    await hands.said(schema, CODES);
    await hands.set("referee.importStrategy", undefined);
  },
};
