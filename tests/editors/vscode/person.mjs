// Works on a schema as a person does, and answers with what was seen: `node person.mjs OPTIONS`, those
// of window.mjs and `pictures`, a folder into which each step is pictured.

import fs from "node:fs";
import path from "node:path";
import { open } from "./window.mjs";

const FILE = "schema.prisma";
const EXTENSION = "prisma-referee.prisma-referee";
const FIX = "Add `@@index([customerId])`";
const FIXED = "@@index([customerId])";

const options = JSON.parse(process.argv[2]);
const window = await open(options);
const { page } = window;
const saved = () => fs.readFileSync(path.join(options.folder, "prisma", FILE), "utf8");
const seen = {};

try {
  await window.start();
  await openSchema();
  await seeFindings();
  await seeHovers();
  await fixOne();
  await seeMap();
  seen.notifications = await window.notifications();
  seen.outside = window.refused;
  console.log(`ANSWER ${JSON.stringify(seen)}`);
} catch (error) {
  console.log(error, JSON.stringify(seen));
  await page.screenshot({ path: path.join(options.pictures, "last-sight.png") });
  process.exitCode = 1;
}
await window.close();

async function openSchema() {
  await window.openFile(FILE);
  // The side bar goes, and the cursor to a place where there is nothing.
  await page.keyboard.press("Control+KeyB");
  await page.locator(".explorer-folders-view").waitFor({ state: "hidden" });
  await window.goTo(4, 1);
}

async function seeFindings() {
  await page.locator(".squiggly-error").first().waitFor();
  await page.locator(".squiggly-warning").first().waitFor();
  await lens("Customer").waitFor();
  await page.locator(".view-line", { hasText: "onDelete: Restrict" }).first().waitFor();
  seen.status = await window.until("a count", async () => {
    const said = await status();
    return said.includes("warnings") && said;
  });
  seen.lens = await window.until("a lens that says something", async () => {
    const said = await lens("Customer").innerText();
    return said.startsWith("deleting") && said;
  });
  await picture("findings");
}

async function seeHovers() {
  await window.goTo(...placeOf("model Customer", "Customer"));
  seen.hoverOfModel = await (await window.hover("one row deleted")).innerText();
  await picture("delete");
  await page.keyboard.press("Escape");
  await window.goTo(...placeOf("customer   Customer    @", "fields: [customerId]"));
  seen.hoverOfFinding = await (await window.hover("has no index")).innerText();
  await picture("hover");
  await page.keyboard.press("Escape");
}

async function fixOne() {
  seen.fixes = await window.quickFixes();
  await picture("quick-fixes");
  await window.chooseFix(FIX);
  await page.locator(".view-line", { hasText: FIXED }).first().waitFor();
  await page.keyboard.press("Control+KeyS");
  await window.until("the file to be saved", () => saved().includes(FIXED));
  await window.until("another count", async () => (await status()) !== seen.status);
  seen.statusAfter = await status();
  await page.locator(".squiggly-warning").first().waitFor();
  await picture("fixed");
}

/** Presses the lens over a model, and looks at the map that it opens. */
async function seeMap() {
  const map = page.frameLocator("iframe.webview").frameLocator("#active-frame");
  const tree = map.getByRole("list", { name: "What deleting a Customer does" });
  await window.doUntil(tree, () => lens("Customer").click());
  seen.map = await tree.innerText();
  await followsEdits(map);
}

/** Writes a model, unsaved, and finds it in the map. */
async function followsEdits(map) {
  await window.editor(FILE).locator(".view-line").first().click();
  await page.keyboard.press("Control+End");
  await page.keyboard.insertText("\nmodel Refund {\n  id Int @id\n}\n");
  const search = map.getByRole("combobox", { name: "Search models and tables" });
  await search.fill("Refund");
  await map.getByRole("option", { name: "Refund" }).waitFor();
}

/** The lens above a model: the only one that speaks of what is below it first. */
function lens(model) {
  const order = { Customer: 0, Order: 1 };
  return page.locator(".codelens-decoration a").nth(order[model]);
}

async function status() {
  return (await window.statusOf(EXTENSION)).label;
}

/** Line and column, from one, of a text in the line that holds another one. */
function placeOf(line, text) {
  const lines = saved().split("\n");
  const number = lines.findIndex((each) => each.includes(line));
  return [number + 1, lines[number].indexOf(text) + 1];
}

function picture(name) {
  return window.picture(path.join(options.pictures, `vscode-${name}.png`));
}
