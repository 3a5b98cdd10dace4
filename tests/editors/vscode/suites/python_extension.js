// The Python that Microsoft's Python extension has chosen, for which a stand-in speaks.

"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const vscode = require("vscode");

const CODES = ["unindexed-foreign-key"];

const python = () => vscode.extensions.getExtension("ms-python.python");
const referee = () => vscode.extensions.getExtension("prisma-referee.prisma-referee").exports;
const choose = (path) => python().exports.environments.updateActiveEnvironmentPath(path);

/** Waits until a Python of some origin runs the server; returns its path. */
async function runsOn(hands, origin) {
  return hands.until(`a Python of the ${origin}`, () => {
    const state = referee().state();
    return state.kind === "running" && state.interpreter.origin === origin && state.interpreter.path;
  });
}

let schema;

module.exports = {
  "while it has chosen nothing, the PATH has what runs": async (hands) => {
    schema = hands.file("schema.prisma");
    await hands.open(schema);
    await hands.said(schema, CODES);
    assert(python().isActive, "it was asked, and so woken");
    assert.equal(referee().state().interpreter.origin, "PATH");
  },

  "what it chooses runs at once": async (hands) => {
    assert(!fs.existsSync(hands.facts.notes.first));
    const [before] = hands.servers();
    await choose(hands.facts.pythons.first);
    assert.equal(await runsOn(hands, "Python extension"), hands.facts.pythons.first);
    assert(fs.existsSync(hands.facts.notes.first));
    await hands.until("one other server", () => {
      const [now, ...others] = hands.servers();
      return now !== undefined && now !== before && others.length === 0;
    });
    await hands.said(schema, CODES);
  },

  "each of its choices starts the server once, and the same choice not at all": async (hands) => {
    const ended = [];
    const listening = referee().onDidChangeState(({ kind }) => kind === "waiting" && ended.push(kind));
    await choose(hands.facts.pythons.first);
    await choose(hands.facts.pythons.second);
    await hands.until("the second", () => fs.existsSync(hands.facts.notes.second));
    await hands.until(
      "the second to run",
      () => referee().state().interpreter?.path === hands.facts.pythons.second,
    );
    await hands.said(schema, CODES);
    listening.dispose();
    assert.equal(ended.length, 1);
  },

  "what it chooses and is too old is passed over": async (hands) => {
    await choose(hands.facts.pythons.old);
    await runsOn(hands, "PATH");
    await hands.said(schema, CODES);
  },

  "a Python that is set goes before its choice": async (hands) => {
    await hands.set("referee.interpreter", hands.facts.pythons.first);
    assert.equal(await runsOn(hands, "setting"), hands.facts.pythons.first);
    await hands.set("referee.interpreter", undefined);
    await runsOn(hands, "PATH");
    await hands.said(schema, CODES);
  },
};
