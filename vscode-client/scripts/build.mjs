// Bundles the extension into `dist`: one file for the extension host, the pages it shows, and the
// licences of what went into them.

import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

import { writeMap } from "../webview/build.mjs";

const client = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(client, "dist");
const isMinified = process.argv.includes("--minify");

rmSync(dist, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: client,
  entryPoints: ["src/extension.ts"],
  outfile: "dist/extension.js",
  bundle: true,
  platform: "node",
  // The Node of the oldest VS Code that package.json names.
  target: "node20",
  format: "cjs",
  external: ["vscode"],
  minify: isMinified,
  keepNames: true,
  sourcemap: isMinified ? false : "linked",
  legalComments: "none",
  logLevel: "warning",
  metafile: true,
});
writeFileSync(join(dist, "LICENSES.txt"), licences(Object.keys(metafile.inputs)));
await writeMap(join(dist, "webview"));

/** Returns the licences of the packages that some files are from. */
function licences(files) {
  const inPackage = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//;
  const folders = new Set(files.map((file) => inPackage.exec(file)?.[1]).filter(Boolean));
  return [...folders].map(licence).sort().join(`\n\n${"-".repeat(72)}\n\n`) + "\n";
}

function licence(relative) {
  const folder = join(client, relative);
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  if (file === undefined) {
    throw new Error(`${name} ${version} brings no text of its licence`);
  }
  const text = readFileSync(join(folder, file), "utf8").trim();
  return `${name} ${version}, ${license}\n\n${text.replaceAll("\r\n", "\n")}`;
}
