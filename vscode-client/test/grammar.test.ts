import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";

import oniguruma from "vscode-oniguruma";
import textmate from "vscode-textmate";

// The tests run in the folder of the extension.
const GRAMMAR = join("syntaxes", "prisma.tmLanguage.json");
const EXAMPLE = join("..", "examples", "orchard", "prisma", "schema");

const engine = createRequire(join(process.cwd(), "package.json"))
  .resolve("vscode-oniguruma")
  .replace("main.js", "onig.wasm");
await oniguruma.loadWASM(readFileSync(engine).buffer as ArrayBuffer);
const registry = new textmate.Registry({
  onigLib: Promise.resolve({
    createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
    createOnigString: (text) => new oniguruma.OnigString(text),
  }),
  loadGrammar: () =>
    Promise.resolve(textmate.parseRawGrammar(readFileSync(GRAMMAR, "utf8"), GRAMMAR)),
});
const grammar = await registry.loadGrammar("source.prisma");
assert.ok(grammar);

interface Token {
  readonly text: string;
  readonly scopes: readonly string[];
}

function tokens(text: string): Token[] {
  const found: Token[] = [];
  let stack = textmate.INITIAL;
  for (const line of text.split("\n")) {
    const { tokens: onLine, ruleStack } = grammar!.tokenizeLine(line, stack);
    stack = ruleStack;
    for (const { startIndex, endIndex, scopes } of onLine) {
      found.push({ text: line.slice(startIndex, endIndex), scopes });
    }
  }
  return found;
}

/** Returns the innermost scope of the first token that is a text, without the language's name. */
function scope(text: string, word: string): string {
  const found = tokens(text).find((token) => token.text.trim() === word);
  assert.ok(found, `no token ${word} in ${JSON.stringify(tokens(text).map((each) => each.text))}`);
  return (found.scopes.at(-1) ?? "").replace(/\.prisma$/, "");
}

const MODEL = `/// An order
model Order { // no more on this line
  id        Int       @id @default(autoincrement())
  note      String?   @db.VarChar(255)
  tags      String[]
  place     Unsupported("geometry(Point)")
  customer  Customer  @relation("Buyer", fields: [customerId], references: [id], onDelete: Cascade)
  model     Int       @default(-1)
  // referee-ignore unindexed-foreign-key: few rows
  total     Decimal   @default("a\\"b") /* old */

  @@index([customerId(sort: Desc), id], map: "i") // last
}`;

test("declarations, names and braces", () => {
  assert.equal(scope(MODEL, "model"), "storage.type.model");
  assert.equal(scope(MODEL, "Order"), "entity.name.type.model");
  assert.equal(scope("enum Role {\n}", "Role"), "entity.name.type.enum");
  assert.equal(scope("view Totals {\n}", "view"), "storage.type.view");
  assert.equal(scope("datasource db {\n}", "db"), "entity.name.section.datasource");
  assert.equal(scope(MODEL, "{"), "punctuation.section.block.begin");
  assert.equal(scope(MODEL, "}"), "punctuation.section.block.end");
});

test("fields, types and arities", () => {
  assert.equal(scope(MODEL, "customer"), "variable.other.property");
  assert.equal(scope(MODEL, "Customer"), "entity.name.type.reference");
  assert.equal(scope(MODEL, "Int"), "support.type.scalar");
  assert.equal(scope(MODEL, "?"), "keyword.operator.arity");
  assert.equal(scope(MODEL, "[]"), "keyword.operator.arity");
  assert.equal(scope(MODEL, "Unsupported"), "support.type.unsupported");
});

test("a keyword is a legal name of a field", () => {
  const field = tokens(MODEL).filter(({ text }) => text === "model")[1];
  assert.equal(field?.scopes.at(-1), "variable.other.property.prisma");
  assert.equal(scope("model A {\n  enum Int\n  type B\n}", "type"), "variable.other.property");
});

test("attributes, arguments and values", () => {
  assert.equal(scope(MODEL, "id"), "variable.other.property");
  assert.equal(scope(MODEL, "db.VarChar"), "entity.name.function.attribute");
  assert.equal(scope(MODEL, "index"), "entity.name.function.attribute");
  assert.equal(scope(MODEL, "255"), "constant.numeric");
  assert.equal(scope(MODEL, "-1"), "constant.numeric");
  assert.equal(scope(MODEL, "autoincrement"), "support.function");
  assert.equal(scope(MODEL, "fields"), "variable.parameter");
  assert.equal(scope(MODEL, "Cascade"), "support.constant.referential-action");
  assert.equal(scope(MODEL, "customerId"), "variable.other.reference");
  assert.equal(scope(MODEL, "sort"), "variable.parameter");
  assert.equal(scope(MODEL, 'a'), "string.quoted.double");
  assert.equal(scope(MODEL, '\\"'), "constant.character.escape");
});

test("comments, wherever they stand", () => {
  assert.equal(scope(MODEL, "An order"), "comment.line.documentation");
  assert.equal(scope(MODEL, "no more on this line"), "comment.line.double-slash");
  assert.equal(scope(MODEL, "old"), "comment.block");
  assert.equal(scope(MODEL, "last"), "comment.line.double-slash");
  const hidden = tokens("/*\nmodel A {\n*/\nmodel B {\n}").find(({ text }) => text === "model A {");
  assert.equal(hidden?.scopes.at(-1), "comment.block.prisma");
});

test("a silencing comment shows its code", () => {
  assert.equal(scope(MODEL, "referee-ignore"), "keyword.other.silence");
  assert.equal(scope(MODEL, "unindexed-foreign-key"), "constant.other.rule");
});

test("settings and enum values", () => {
  const text = `generator client {\n  provider = "prisma-client"\n  engine = env("ENGINE")\n  on = true\n}`;
  assert.equal(scope(text, "provider"), "variable.other.property");
  assert.equal(scope(text, "env"), "support.function");
  assert.equal(scope(text, "true"), "constant.language");
  assert.equal(scope('enum Role {\n  ADMIN @map("a")\n  @@map("r")\n}', "ADMIN"), "variable.other.enummember");
  assert.equal(scope('enum Role {\n  ADMIN\n  @@map("r")\n}', "map"), "entity.name.function.attribute");
});

test("a line that is broken costs that line alone", () => {
  const broken = `model A {\n  id Int @default(autoincrement(\n  name "Int\n  b B @relation(fields: [x\n  other Int\n}\nmodel B {\n}`;
  assert.equal(scope(broken, "other"), "variable.other.property");
  assert.equal(scope(broken, "B"), "entity.name.type.reference");
  assert.equal(tokens(broken).filter(({ text }) => text === "}").length, 2);
});

test("every word of the example schema has a scope of its own", () => {
  for (const name of readdirSync(EXAMPLE)) {
    const text = readFileSync(join(EXAMPLE, name), "utf8");
    const bare = tokens(text).filter(
      ({ text: word, scopes }) => /[^\s:]/.test(word) && /^(source|meta)\./.test(scopes.at(-1) ?? ""),
    );
    assert.deepEqual(bare.map((each) => each.text), [], name);
  }
});
