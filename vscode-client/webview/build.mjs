/**
 * Builds the relation map: one script with everything in it, and one style sheet.
 *
 *     node vscode-client/webview/build.mjs [FOLDER]
 *
 * Without a folder the assets of the Python package are written, which are part of the repository
 * so that the package needs no Node.
 */

import { readFile, mkdir, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const assets = resolve(here, "../../server/referee/features/assets");

/** Returns the script and the style sheet; the script begins with the licences of what is in it. */
export async function buildMap() {
    const { outputFiles, metafile } = await build({
        absWorkingDir: here,
        entryPoints: { "relation-map": "main.ts" },
        bundle: true,
        charset: "utf8",
        format: "iife",
        legalComments: "none",
        metafile: true,
        minify: true,
        outdir: "out",
        target: "es2022",
        write: false,
    });
    const css = await build({
        absWorkingDir: here,
        entryPoints: ["relation-map.css"],
        charset: "utf8",
        minify: true,
        outdir: "out",
        write: false,
    });
    return {
        "relation-map.js": (await licences(metafile)) + outputFiles[0].text,
        "relation-map.css": css.outputFiles[0].text,
    };
}

/** Returns a comment with the licence of every package that the bundle was made of. */
async function licences(metafile) {
    const folders = new Set();
    for (const input of Object.keys(metafile.inputs)) {
        const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
        if (match !== null) {
            folders.add(resolve(here, match[1]));
        }
    }
    // Bundled by its dependants before they are published, so that no input names it.
    for (const folder of [...folders]) {
        if (folder.endsWith(join("@dagrejs", "dagre"))) {
            folders.add(resolve(folder, "../graphlib"));
        }
    }
    const texts = await Promise.all([...folders].map(licence));
    return `/*!\n${texts.sort().join("\n\n").replaceAll("*/", "* /")}\n*/\n`;
}

async function licence(folder) {
    const { name, version } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    const text = await readFile(join(folder, "LICENSE"), "utf8");
    return `${name} ${version}\n\n${text.replaceAll("\r\n", "\n").trim()}`;
}

export async function writeMap(folder) {
    await mkdir(folder, { recursive: true });
    for (const [name, text] of Object.entries(await buildMap())) {
        await writeFile(join(folder, name), text);
    }
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
    const folder = process.argv[2] === undefined ? assets : resolve(process.argv[2]);
    await writeMap(folder);
    console.log(`The relation map is in ${relative(process.cwd(), folder) || "."}.`);
}
