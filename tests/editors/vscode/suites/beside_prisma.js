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

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

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
    await hands.until("each of them once", () => same(lines(othersSay(document.uri)), wanted));
  },

  "whoever wants both hears both": async (hands) => {
    const document = await hands.open(hands.file("prisma/schema.prisma"));
    await hands.set("referee.besideOfficialServer", "off");
    await hands.said(document.uri, ["unindexed-foreign-key", "set-null-on-required"]);
    await hands.set("referee.besideOfficialServer", undefined);
    await hands.said(document.uri, ["unindexed-foreign-key"]);
  },

  "both know the hover of a field": async (hands) => {
    const document = await hands.open(hands.file("prisma/schema.prisma"));
    const place = hands.at(document, "User @relation");
    const texts = await hands.until("the hovers of both", async () => {
      const found = await hands.hovers(document.uri, place);
      return found.length > 1 && found;
    });
    const isSaid = (words) => texts.some((text) => text.includes(words));
    assert(isSaid("Deleting a row of `User`"), texts.join("\n---\n"));
    // Prisma's server shows what is on the other side of a relation.
    assert(isSaid('posts Post[] @relation(name: "PostToUser")'), texts.join("\n---\n"));
  },

  "a quick fix works beside those of Prisma": async (hands) => {
    const document = await hands.open(hands.file("prisma/schema.prisma"));
    await hands.apply(document, "unindexed-foreign-key", "Add `@@index([authorId])`");
    await hands.said(document.uri, []);
    await hands.until("one of Prisma's", () => othersSay(document.uri).length === 1);
  },
};
