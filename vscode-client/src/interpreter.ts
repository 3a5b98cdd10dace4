// Which Python runs Referee: the places to look in, in their order, and what was found there.
// It deliberately knows no editor: settings and folders come as values, and the outside world as
// two functions.

import { posix, win32 } from "node:path";

import { compareVersions, isNewEnough, shownVersion, type Version } from "./version";

export type Origin = "setting" | "virtual environment" | "Python extension" | "PATH";

/** A program that may be a Python, with the words that go before any other. */
export interface Candidate {
  readonly command: string;
  readonly args: readonly string[];
  readonly origin: Origin;
}

/** A Python that runs; `path` is the program itself, behind shims and launchers. */
export interface Interpreter {
  readonly path: string;
  readonly version: Version;
  readonly origin: Origin;
}

export type Discovery =
  | { readonly kind: "found"; readonly interpreter: Interpreter }
  | { readonly kind: "too old"; readonly interpreter: Interpreter }
  | { readonly kind: "not running"; readonly setting: string }
  | { readonly kind: "none" };

/** What is known before looking. */
export interface Surroundings {
  readonly platform: NodeJS.Platform;
  /** The setting `referee.interpreter`; empty if nothing was set. */
  readonly setting: string;
  readonly folders: readonly string[];
  readonly isTrusted: boolean;
  readonly home: string;
  /** The variable PATH. */
  readonly searchPath: string;
  /** Asks the Python extension what it has chosen, which may take it seconds. */
  readonly chosen: () => Promise<string | undefined>;
}

export type IsFile = (path: string) => boolean;
export type Probe = (candidate: Candidate) => Promise<Interpreter | undefined>;

const ENVIRONMENT_FOLDERS = [".venv", "venv"];
const NEWEST_MINOR = 14;
const OLDEST_MINOR = 10;

/** Finds the first Python that is new enough; what a person set is taken or refused, not passed over. */
export async function discover(
  surroundings: Surroundings,
  isFile: IsFile,
  probe: Probe,
): Promise<Discovery> {
  let newest: Interpreter | undefined;
  for await (const candidate of candidates(surroundings, isFile)) {
    const interpreter = await probe(candidate);
    if (interpreter !== undefined && isNewEnough(interpreter.version)) {
      return { kind: "found", interpreter };
    }
    if (candidate.origin === "setting") {
      return interpreter === undefined
        ? { kind: "not running", setting: surroundings.setting }
        : { kind: "too old", interpreter };
    }
    if (
      interpreter !== undefined &&
      (newest === undefined || compareVersions(interpreter.version, newest.version) > 0)
    ) {
      newest = interpreter;
    }
  }
  return newest === undefined ? { kind: "none" } : { kind: "too old", interpreter: newest };
}

/**
 * Yields the programs to try, the best first, and looks for each only when it is asked for.
 * In a workspace that is not trusted, none is its own.
 */
export async function* candidates(
  surroundings: Surroundings,
  isFile: IsFile,
): AsyncGenerator<Candidate> {
  if (surroundings.setting.trim() !== "") {
    yield { command: settingPath(surroundings), args: [], origin: "setting" };
    return;
  }
  if (surroundings.isTrusted) {
    for (const command of environmentPythons(surroundings).filter(isFile)) {
      yield { command, args: [], origin: "virtual environment" };
    }
    const chosen = await surroundings.chosen();
    if (chosen !== undefined) {
      yield { command: chosen, args: [], origin: "Python extension" };
    }
  }
  for (const [name, args] of namesOnPath(surroundings.platform)) {
    const command = searchFolders(surroundings)
      .map((folder) => paths(surroundings).join(folder, name))
      .find(isFile);
    if (command !== undefined) {
      yield { command, args, origin: "PATH" };
    }
  }
}

/** Says in one sentence why there is no Python to run with. */
export function complaint(discovery: Exclude<Discovery, { kind: "found" }>): string {
  switch (discovery.kind) {
    case "none":
      return "Referee needs Python 3.10 or newer, and none was found; install it, or choose one.";
    case "not running":
      return `The Python named in the setting referee.interpreter, ${discovery.setting}, does not run.`;
    case "too old": {
      const { path, version } = discovery.interpreter;
      return `Referee needs Python 3.10 or newer, and ${path} is ${shownVersion(version)}.`;
    }
  }
}

/** Lists the places where the virtual environments of the open folders have their Python. */
export function environmentPythons(surroundings: Surroundings): string[] {
  const inside = surroundings.platform === "win32" ? ["Scripts", "python.exe"] : ["bin", "python"];
  return surroundings.folders.flatMap((folder) =>
    ENVIRONMENT_FOLDERS.map((name) => paths(surroundings).join(folder, name, ...inside)),
  );
}

function settingPath(surroundings: Surroundings): string {
  const folder = surroundings.folders[0];
  const path = surroundings.setting
    .trim()
    .replace(/^~(?=$|[\\/])/, () => surroundings.home)
    .replaceAll("${userHome}", () => surroundings.home)
    .replaceAll("${workspaceFolder}", (variable) => folder ?? variable);
  const isName = !/[\\/]/.test(path);
  if (isName) {
    return path;
  }
  return folder === undefined ? path : paths(surroundings).resolve(folder, path);
}

/** The folders of PATH that may be looked in: whole paths, and none that an untrusted workspace fills. */
function searchFolders(surroundings: Surroundings): string[] {
  const own = paths(surroundings);
  return surroundings.searchPath
    .split(own.delimiter)
    .filter((folder) => own.isAbsolute(folder))
    .filter(
      (folder) =>
        surroundings.isTrusted || !surroundings.folders.some((root) => isInside(folder, root, own)),
    );
}

function isInside(path: string, root: string, own: typeof posix): boolean {
  const way = own.relative(root, path);
  return way === "" || !(way === ".." || way.startsWith(`..${own.sep}`) || own.isAbsolute(way));
}

function namesOnPath(platform: NodeJS.Platform): readonly (readonly [string, readonly string[]])[] {
  if (platform === "win32") {
    return [
      ["python3.exe", []],
      ["python.exe", []],
      ["py.exe", ["-3"]],
    ];
  }
  const names = ["python3", "python", "py"];
  for (let minor = NEWEST_MINOR; minor >= OLDEST_MINOR; minor--) {
    names.push(`python3.${minor}`);
  }
  return names.map((name) => [name, []] as const);
}

function paths(surroundings: Surroundings): typeof posix {
  return surroundings.platform === "win32" ? win32 : posix;
}
