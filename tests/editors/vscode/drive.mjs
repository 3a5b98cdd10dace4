// Runs a suite inside VS Code's extension host: `node drive.mjs OPTIONS`, a JSON object with those
// of window.mjs, `suite` (the file whose `run` VS Code calls), `extensions` (folders of extensions to
// load beside the installed ones), `answers` (a folder) and `seconds`.
// A suite sees no page, so it may ask the one who sits before it: what it logs as `@ask {...}` is
// done in the window, and the answer is written to a file of the folder `answers`.

import fs from "node:fs";
import path from "node:path";
import { open } from "./window.mjs";

const TOO_LATE = 124;
const options = JSON.parse(process.argv[2]);
const remote = (place) => `vscode-remote://${new URL(options.address).host}${place}`;

const window = await open({
  ...options,
  payload: [
    ...options.extensions.map((place) => ["extensionDevelopmentPath", remote(place)]),
    ["extensionTestsPath", remote(options.suite)],
  ],
});

const code = await new Promise((resolve, reject) => {
  setTimeout(() => resolve(TOO_LATE), options.seconds * 1000);
  run(resolve).catch(reject);
});
if (code === TOO_LATE && options.lastSight) {
  await window.page.screenshot({ path: options.lastSight });
}
await window.close();
process.exit(code);

async function run(resolve) {
  await window.page.exposeFunction("codeAutomationLog", (type, words) => {
    const text = words.join(" ");
    if (text.startsWith("@ask ")) {
      answer(JSON.parse(text.slice(5)));
    } else {
      console.log(type, text);
    }
  });
  await window.page.exposeFunction("codeAutomationExit", resolve);
  await window.start();
}

async function answer({ number, method, words }) {
  let said;
  try {
    said = { result: (await window[method](...words)) ?? null };
  } catch (error) {
    said = { error: String(error) };
  }
  const target = path.join(options.answers, `${number}.json`);
  fs.writeFileSync(`${target}.part`, JSON.stringify(said));
  fs.renameSync(`${target}.part`, target);
}
