import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import type { Candidate } from "../src/interpreter";
import { interpreterOf, probe } from "../src/probe";

const folder = mkdtempSync(join(tmpdir(), "referee-probe-"));
after(() => rmSync(folder, { recursive: true }));

const candidate = (command: string): Candidate => ({ command, args: [], origin: "PATH" });
const python = process.platform === "win32" ? "python.exe" : "python3";
const isPosix = process.platform !== "win32";

function program(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, 0o755);
  return path;
}

test("a Python says its version and where it really is", async () => {
  const found = await probe(candidate(python), folder);
  assert.ok(found !== undefined, `${python} runs`);
  assert.ok(found.version[0] >= 2);
  assert.notEqual(found.path, python);
  const again = await probe(candidate(found.path), folder);
  assert.deepEqual(again, found);
});

test("nothing of the folder it runs in is imported", async () => {
  const marker = join(folder, "imported.txt");
  const planted = `open(${JSON.stringify(marker)}, "w").close()\n`;
  for (const name of ["sys", "platform", "site", "sitecustomize", "usercustomize", "os"]) {
    writeFileSync(join(folder, `${name}.py`), planted);
  }
  assert.ok((await probe(candidate(python), folder)) !== undefined);
  assert.throws(() => rmSync(marker), { code: "ENOENT" });
});

test("what is not there, fails, or is no Python, is none", { skip: !isPosix }, async () => {
  const failing = program("failing", "#!/bin/sh\necho 3.12.0\nexit 9009\n");
  const other = program("other", "#!/bin/sh\necho Welcome\n");
  for (const command of [join(folder, "missing"), failing, other, folder]) {
    assert.equal(await probe(candidate(command), folder), undefined, command);
  }
});

test("words that a launcher needs come first", { skip: !isPosix }, async () => {
  const launcher = program("py", '#!/bin/sh\n[ "$1" = -3 ] && printf "3.11.4\\n/real/python\\n"\n');
  const found = await probe({ command: launcher, args: ["-3"], origin: "PATH" }, folder);
  assert.deepEqual(found, { path: "/real/python", version: [3, 11, 4], origin: "PATH" });
});

test("a Python that does not know where it is, is where it was found", () => {
  const found = interpreterOf(candidate("/usr/bin/python3"), "3.12.0\r\n\r\n");
  assert.equal(found?.path, "/usr/bin/python3");
});
