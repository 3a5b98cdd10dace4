// Referee beside Prisma's own extension, for which a stand-in runs Prisma's language server.

"use strict";

const assert = require("node:assert/strict");
const vscode = require("vscode");

const OFFICIAL = "Prisma.prisma";

/** What somebody other than Referee says of a document. */
function othersSay(uri) {
  return vscode.languages.getDiagnostics(uri).filter((each) => each.source !== "referee");
}

const lines = (diagnostics) => diagnostics.map((each) => each.range.start.line).sort((a, b) => a - b);

module.exports = {
  "what Prisma's extension says is said once": async (hands) => {
    // Each line of the schema that ends in `// both` is one that both would report.
    const document = await hands.open(hands.file("prisma/schema.prisma"));
    const wanted = [...Array(document.lineCount).keys()].filter((line) =>
      document.lineAt(line).text.endsWith("// both"),
    );
    assert(wanted.length > 0);
    await hands.until("Prisma's own diagnostics", () => othersSay(document.uri).length > 0);
    assert(vscode.extensions.getExtension(OFFICIAL).isActive);
    await hands.said(document.uri, ["unindexed-foreign-key"]);
    assert.deepEqual(lines(othersSay(document.uri)), wanted);
  },

  "whoever wants both hears both": async (hands) => {
    const document = await hands.open(hands.file("prisma/schema.prisma"));
    await hands.set("referee.besideOfficialServer", "off");
    await hands.said(document.uri, ["unindexed-foreign-key", "set-null-on-required"]);
    await hands.set("referee.besideOfficialServer", undefined);
    await hands.said(document.uri, ["unindexed-foreign-key"]);
  },

  "both know the hover of a field, and quick fixes of both work": async (hands) => {
    const document = await hands.open(hands.file("prisma/schema.prisma"));
    await hands.apply(document, "unindexed-foreign-key", "Add `@@index([authorId])`");
    await hands.said(document.uri, []);
    assert.equal(othersSay(document.uri).length, 1);
  },
};
