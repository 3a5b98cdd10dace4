// Runs the tests of what needs no editor: bundles each into `out`, and gives them to Node's runner.

import { spawnSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const client = dirname(dirname(fileURLToPath(import.meta.url)));
const out = join(client, "out");
const names = readdirSync(join(client, "test")).filter((name) => name.endsWith(".test.ts"));

rmSync(out, { recursive: true, force: true });
await build({
  absWorkingDir: client,
  entryPoints: names.map((name) => `test/${name}`),
  outdir: "out",
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  target: "node20",
  format: "esm",
  // What is imported from node_modules stays there.
  packages: "external",
  sourcemap: "inline",
  logLevel: "warning",
});
const files = names.map((name) => join("out", name.replace(/\.ts$/, ".mjs")));
const words = ["--enable-source-maps", "--test", ...process.argv.slice(2), ...files];
process.exit(spawnSync(process.execPath, words, { cwd: client, stdio: "inherit" }).status ?? 1);
