// Opens a folder that nobody trusts and looks at a schema in it: `node restricted.mjs OPTIONS`, those
// of window.mjs and `note`, a file that whatever the folder brings would write. Answers with what a
// person sees, and then trusts the folder, so that the file appears.

import fs from "node:fs";
import { open } from "./window.mjs";

const options = JSON.parse(process.argv[2]);
const window = await open(options);
const { page } = window;
try {
  await window.start();
  await window.sees(".statusbar-item", "Restricted Mode");
  await window.openFile("schema.prisma");
  await page.locator(".squiggly-warning").first().waitFor();
  await judged();
  await window.runCommand("Referee: Restart Server");
  const label = await judged();
  const notifications = await window.notifications();
  const ranInRestrictedMode = fs.existsSync(options.note);
  await window.runCommand("Workspaces: Manage Workspace Trust");
  await page.locator(".workspace-trust-editor .monaco-button", { hasText: "Trust" }).first().click();
  await window.until("what is trusted to run", () => fs.existsSync(options.note));
  console.log(`ANSWER ${JSON.stringify({ label, notifications, ranInRestrictedMode })}`);
} catch (error) {
  console.log(error);
  await page.screenshot({ path: options.lastSight });
  process.exitCode = 1;
}
await window.close();

/** Waits until the schema is judged, and returns what the status bar says. */
function judged() {
  return window.until("a count of findings", async () => {
    const { label } = await window.statusOf("prisma-referee.prisma-referee");
    return label.includes("warning") && label;
  });
}
