// Asks a program whether it is a Python, and which, by running it.

import { execFile } from "node:child_process";

import type { Candidate, Interpreter } from "./interpreter";
import { parseVersion } from "./version";

// Every Python answers this, also one that is too old. It imports nothing but what is built in, so
// that no file of the folder it runs in can have a say.
const QUESTION =
  "import sys; sys.stdout.write('.'.join(map(str, sys.version_info[:3])) + '\\n' + sys.executable + '\\n')";
const PATIENCE_MS = 15_000;

/** Runs a candidate in a folder; undefined if it does not run or is no Python. */
export function probe(candidate: Candidate, folder: string): Promise<Interpreter | undefined> {
  const env = { ...process.env, PYTHONIOENCODING: "utf-8", PYTHONPATH: "" };
  const options = { cwd: folder, env, timeout: PATIENCE_MS, windowsHide: true };
  return new Promise((resolve) => {
    execFile(candidate.command, [...candidate.args, "-c", QUESTION], options, (failure, output) => {
      resolve(failure === null ? interpreterOf(candidate, output) : undefined);
    });
  });
}

/** Returns what a candidate said it is. */
export function interpreterOf(candidate: Candidate, output: string): Interpreter | undefined {
  const [first = "", second = ""] = output.split(/\r?\n/);
  const version = parseVersion(first);
  if (version === undefined) {
    return undefined;
  }
  return { path: second.trim() || candidate.command, version, origin: candidate.origin };
}
