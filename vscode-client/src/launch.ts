// The command line that starts Referee: always through the extension's own file `run.py`.

import { join } from "node:path";

export type ImportStrategy = "useBundled" | "fromEnvironment";

export interface Command {
  readonly command: string;
  readonly args: string[];
}

/** Returns the command that runs Referee with some words. */
export function launch(
  python: string,
  strategy: ImportStrategy,
  extensionFolder: string,
  words: readonly string[],
): Command {
  const run = join(extensionFolder, "bundled", "tool", "run.py");
  // Isolated, Python reads no variable, no folder of the user and nothing beside what it runs.
  const isolation = strategy === "useBundled" ? ["-I"] : [];
  return { command: python, args: [...isolation, run, strategy, ...words] };
}

/** Returns the strategy that counts: what a workspace installed runs only where it is trusted. */
export function strategyFor(setting: string | undefined, isTrusted: boolean): ImportStrategy {
  return isTrusted && setting === "fromEnvironment" ? "fromEnvironment" : "useBundled";
}
