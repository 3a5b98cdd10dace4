// Runs Referee's command line once, for what is no question of the language server.

import { execFile } from "node:child_process";

import type { Server } from "./server";

const PATIENCE_MS = 60_000;
const MOST_BYTES = 16 * 1024 * 1024;

/** Returns what Referee writes when run with some words; undefined if there is no Python. */
export async function run(server: Server, words: readonly string[]): Promise<string | undefined> {
  const line = await server.commandLine(words);
  if (line === undefined) {
    return undefined;
  }
  const env = { ...process.env, NO_COLOR: "1", PYTHONIOENCODING: "utf-8", PYTHONUTF8: "1" };
  return new Promise((resolve, reject) => {
    const options = {
      cwd: line.cwd,
      env,
      timeout: PATIENCE_MS,
      maxBuffer: MOST_BYTES,
      windowsHide: true,
    };
    execFile(line.command, line.args, options, (failure, output, complaint) => {
      if (failure === null) {
        resolve(output);
      } else {
        reject(new Error(complaint.trim() || failure.message));
      }
    });
  });
}
