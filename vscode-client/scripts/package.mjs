// Packages the extension: `npm run package [-- --target TARGET | --all]`.
//
// Without a target it makes the universal package, which runs everywhere; a package for a target
// carries a compiled SQL parser as well. It fills `bundled/libs` anew each time.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const TARGETS = ["linux-x64", "linux-arm64", "darwin-arm64"];

const client = dirname(dirname(fileURLToPath(import.meta.url)));
const root = dirname(client);
const { name, version } = JSON.parse(readFileSync(join(client, "package.json"), "utf8"));
const vsce = createRequire(import.meta.url).resolve("@vscode/vsce/vsce");

for (const target of targetsOf(process.argv.slice(2))) {
  packageFor(target);
}

function packageFor(target) {
  const forTarget = target === undefined ? [] : ["--target", target];
  run(python(), "scripts/bundle_libs.py", ...forTarget);
  run(process.execPath, "scripts/build.mjs", "--minify");
  const file = [name, target, version].filter((word) => word !== undefined).join("-") + ".vsix";
  run(process.execPath, vsce, "package", "--no-dependencies", "--allow-missing-repository",
    "--no-rewrite-relative-links", "--out", file, ...forTarget);
}

function targetsOf(words) {
  const [word, target, ...rest] = words;
  if (word === undefined) {
    return [undefined];
  }
  if (word === "--all" && target === undefined) {
    // The universal one last, so that nothing compiled for another system is left behind.
    return [...TARGETS, undefined];
  }
  if (word === "--target" && TARGETS.includes(target) && rest.length === 0) {
    return [target];
  }
  console.error(`usage: npm run package [-- --target ${TARGETS.join("|")} | --all]`);
  process.exit(2);
}

/** Finds a Python with pip: the project's own environment, or the one that PYTHON names. */
function python() {
  const environment = join(root, process.env.REFEREE_VENV ?? ".venv");
  const own = [join(environment, "bin", "python"), join(environment, "Scripts", "python.exe")];
  return process.env.PYTHON ?? own.find(existsSync) ?? "python3";
}

function run(command, ...words) {
  const { status, error } = spawnSync(command, words, { cwd: client, stdio: "inherit" });
  if (status !== 0) {
    console.error(`This command failed${error ? ` (${error.message})` : ""}: ${[command, ...words].join(" ")}`);
    process.exit(1);
  }
}
