// Uses the relation map of a schema with many models by keyboard, and answers with what was seen:
// `node map.mjs OPTIONS`, those of window.mjs, `file` (any of the schema), `model` (one to choose) and
// `pictures`, a folder into which it is pictured.

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
  seen.line = await page.locator(".monaco-editor.focused .line-numbers.active-line-number").innerText();
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
