// Uses the relation map of a schema with many models by keyboard, and answers with what was seen:
// `node map.mjs OPTIONS`, those of window.mjs, `file` (any of the schema), `model` (one to choose, in
// that file), `place` (the file's path in the folder), `other` (another model in it) and `pictures`, a
// folder into which it is pictured.

import fs from "node:fs";
import path from "node:path";
import { open } from "./window.mjs";

const options = JSON.parse(process.argv[2]);
const window = await open(options);
const { page } = window;
const map = page.frameLocator("iframe.webview").frameLocator("#active-frame");
const side = map.getByRole("complementary", { name: "Details" });
const seen = {};

try {
  await window.start();
  await window.openFile(options.file);
  await page.keyboard.press("Control+KeyB");
  await page.locator(".explorer-folders-view").waitFor({ state: "hidden" });
  await window.runCommand("Referee: Show Relation Map");
  await side.getByRole("heading", { name: "Relations" }).waitFor();
  seen.overview = await side.innerText();
  // The map alone, as one looks at a large one: "Maximize Editor Group".
  await page.keyboard.press("Control+KeyK");
  await page.keyboard.press("Control+KeyM");
  await choose(options.model);
  seen.chosen = await side.innerText();
  await map.getByText("On a delete").click();
  await picture("map");
  await openSource(options.model);
  seen.line = await lineOfCursor(seen.source.split(":")[1]);
  await askAtCursor(options.other);
  seen.other = await side.innerText();
  seen.outside = window.refused;
  console.log(`ANSWER ${JSON.stringify(seen)}`);
} catch (error) {
  console.log(error, JSON.stringify(seen));
  await page.screenshot({ path: path.join(options.pictures, "last-sight.png") });
  process.exitCode = 1;
}
await window.close();

/** Finds a model with `/`, a part of its name and Enter. */
async function choose(model) {
  await map.locator("body").press("/");
  await page.keyboard.type(model);
  await map.getByRole("option", { name: new RegExp(`^${model}( |$)`) }).waitFor();
  await page.keyboard.press("Enter");
  await side.getByRole("heading", { name: model }).waitFor();
  await side.getByRole("list", { name: `What deleting a ${model} does` }).waitFor();
}

/** Waits until the cursor is in a line, and returns that. */
function lineOfCursor(wanted) {
  const number = page.locator(".monaco-editor.focused .line-numbers.active-line-number");
  return window.until(`the cursor in line ${wanted}`, async () => {
    const shown = (await number.count()) === 1 ? await number.innerText() : "";
    return shown === wanted && shown;
  });
}

/** Puts the cursor into a model, and asks by a command what deleting one of its rows does. */
async function askAtCursor(model) {
  const lines = fs.readFileSync(path.join(options.folder, options.place), "utf8").split("\n");
  await window.goTo(lines.indexOf(`model ${model} {`) + 2, 3);
  await window.runCommand("Referee: Show What Deleting This Model Does");
  await side.getByRole("list", { name: `What deleting a ${model} does` }).waitFor();
}

/** Follows the link to where the model is declared. */
async function openSource(model) {
  const link = side.getByText(/\.prisma:\d+$/).first();
  seen.source = await link.innerText();
  await link.click();
  const [file] = seen.source.split(":");
  await window.editor(path.basename(file)).waitFor();
  await window.sees(".monaco-editor.focused .view-line", `model ${model}`);
}

function picture(name) {
  return window.picture(path.join(options.pictures, `vscode-${name}.png`));
}
