import assert from "node:assert/strict";
import { test } from "node:test";

import {
  candidates,
  complaint,
  discover,
  type Candidate,
  type Discovery,
  type Interpreter,
  type Surroundings,
} from "../src/interpreter";
import type { Version } from "../src/version";

const LINUX: Surroundings = {
  platform: "linux",
  setting: "",
  folders: ["/project/shop"],
  isTrusted: true,
  home: "/home/ada",
  searchPath: "/usr/local/bin:/usr/bin",
  chosen: () => Promise.resolve(undefined),
};

const WINDOWS: Surroundings = {
  ...LINUX,
  platform: "win32",
  folders: ["C:\\work\\shop"],
  home: "C:\\Users\\ada",
  searchPath: "C:\\Python312;C:\\Windows",
};

async function tried(surroundings: Surroundings, files: readonly string[]): Promise<Candidate[]> {
  const found: Candidate[] = [];
  for await (const candidate of candidates(surroundings, (path) => files.includes(path))) {
    found.push(candidate);
  }
  return found;
}

const commands = (found: readonly Candidate[]): string[] => found.map(({ command }) => command);

/** Looks for a Python among files that say they are of some version, or nothing. */
function find(
  surroundings: Surroundings,
  files: Readonly<Record<string, Version | undefined>>,
): Promise<Discovery> {
  const probe = ({ command, origin }: Candidate): Promise<Interpreter | undefined> => {
    const version = files[command];
    return Promise.resolve(version && { path: command, version, origin });
  };
  return discover(surroundings, (path) => path in files, probe);
}

test("the virtual environment goes before the Python extension, and that before PATH", async () => {
  const found = await tried({ ...LINUX, chosen: () => Promise.resolve("/opt/chosen/python") }, [
    "/usr/bin/python3",
    "/project/shop/.venv/bin/python",
    "/project/shop/venv/bin/python",
  ]);
  assert.deepEqual(
    found.map(({ command, origin }) => [command, origin]),
    [
      ["/project/shop/.venv/bin/python", "virtual environment"],
      ["/project/shop/venv/bin/python", "virtual environment"],
      ["/opt/chosen/python", "Python extension"],
      ["/usr/bin/python3", "PATH"],
    ],
  );
});

test("what a person set is the only thing tried", async () => {
  const found = await tried({ ...LINUX, setting: "/opt/python" }, ["/usr/bin/python3"]);
  assert.deepEqual(commands(found), ["/opt/python"]);
});

test("a setting may name the folder, the home, or a program on PATH", async () => {
  const named = async (setting: string): Promise<string[]> =>
    commands(await tried({ ...LINUX, setting }, []));
  assert.deepEqual(await named("${workspaceFolder}/env/bin/python"), ["/project/shop/env/bin/python"]);
  assert.deepEqual(await named("~/py/bin/python"), ["/home/ada/py/bin/python"]);
  assert.deepEqual(await named("${userHome}/py/bin/python"), ["/home/ada/py/bin/python"]);
  assert.deepEqual(await named("env/bin/python"), ["/project/shop/env/bin/python"]);
  assert.deepEqual(await named(" python3.12 "), ["python3.12"]);
});

test("a setting of blanks is none", async () => {
  assert.deepEqual(commands(await tried({ ...LINUX, setting: "  " }, ["/usr/bin/python3"])), [
    "/usr/bin/python3",
  ]);
});

test("the first folder of PATH that has a name wins, and python3 goes before python", async () => {
  const found = await tried(LINUX, ["/usr/local/bin/python", "/usr/local/bin/python3", "/usr/bin/python3"]);
  assert.deepEqual(commands(found), ["/usr/local/bin/python3", "/usr/local/bin/python"]);
});

test("Pythons that have their version in their name come last, the newest first", async () => {
  const found = await tried(LINUX, ["/usr/bin/python3.10", "/usr/bin/python3.13", "/usr/bin/python3"]);
  assert.deepEqual(commands(found), [
    "/usr/bin/python3",
    "/usr/bin/python3.13",
    "/usr/bin/python3.10",
  ]);
});

test("folders of PATH that are no whole path are not looked in", async () => {
  const searchPath = ".::bin:./bin:/usr/bin";
  const files = ["python3", "./python3", "bin/python3", "/python3", "/usr/bin/python3"];
  assert.deepEqual(commands(await tried({ ...LINUX, searchPath }, files)), ["/usr/bin/python3"]);
});

test("in a workspace that is not trusted nothing of the workspace is tried", async () => {
  const searchPath =
    "/project/shop/.venv/bin:/project/shop:/project/shop/../shop/bin:/project/shopping/bin:/usr/bin";
  const files = [
    "/project/shop/.venv/bin/python",
    "/project/shop/.venv/bin/python3",
    "/project/shop/python3",
    "/project/shop/bin/python3",
    "/project/shopping/bin/python",
    "/usr/bin/python3",
  ];
  const chosen = (): Promise<string> => Promise.resolve("/project/shop/.venv/bin/python");
  const untrusted = { ...LINUX, isTrusted: false, searchPath, chosen };
  assert.deepEqual(commands(await tried(untrusted, files)), [
    "/usr/bin/python3",
    "/project/shopping/bin/python",
  ]);
});

test("on Windows names end in .exe, environments have Scripts, and py is told which Python", async () => {
  const found = await tried(WINDOWS, [
    "C:\\work\\shop\\.venv\\Scripts\\python.exe",
    "C:\\Python312\\python.exe",
    "C:\\Windows\\py.exe",
  ]);
  assert.deepEqual(
    found.map(({ command, args }) => [command, args]),
    [
      ["C:\\work\\shop\\.venv\\Scripts\\python.exe", []],
      ["C:\\Python312\\python.exe", []],
      ["C:\\Windows\\py.exe", ["-3"]],
    ],
  );
});

test("on Windows a workspace on another drive is not taken for a folder of PATH", async () => {
  const untrusted = { ...WINDOWS, isTrusted: false, searchPath: "D:\\py;C:\\WORK\\Shop\\bin" };
  const files = ["D:\\py\\python.exe", "C:\\WORK\\Shop\\bin\\python3.exe"];
  assert.deepEqual(commands(await tried(untrusted, files)), ["D:\\py\\python.exe"]);
});

test("a Python that is too old is passed over for one that is not", async () => {
  const found = await find(LINUX, {
    "/project/shop/.venv/bin/python": [3, 8, 1],
    "/usr/bin/python3": [3, 9, 0],
    "/usr/bin/python": [3, 11, 2],
  });
  assert.equal(found.kind, "found");
  assert.ok(found.kind === "found" && found.interpreter.path === "/usr/bin/python");
});

test("where all are too old, the newest is named", async () => {
  const found = await find(LINUX, {
    "/usr/bin/python3": [3, 9, 2],
    "/usr/bin/python": [2, 7, 18],
    "/usr/bin/py": undefined,
  });
  assert.ok(found.kind === "too old");
  assert.equal(
    complaint(found),
    "Referee needs Python 3.10 or newer, and /usr/bin/python3 is 3.9.2.",
  );
});

test("where there is none, it says so", async () => {
  const found = await find(LINUX, {});
  assert.ok(found.kind === "none");
  assert.match(complaint(found), /^Referee needs Python 3\.10 or newer, and none was found;/);
});

test("what a person set is never passed over in silence", async () => {
  const setting = "/opt/python";
  const files = { "/usr/bin/python3": [3, 12, 0] as const };
  const gone = await find({ ...LINUX, setting }, files);
  assert.ok(gone.kind === "not running");
  assert.match(complaint(gone), /referee\.interpreter, \/opt\/python, does not run/);
  const old = await find({ ...LINUX, setting }, { ...files, [setting]: [3, 6, 0] });
  assert.ok(old.kind === "too old");
  assert.match(complaint(old), /\/opt\/python is 3\.6\.0/);
});

test("no more is run than is needed", async () => {
  const asked: string[] = [];
  const files = ["/project/shop/.venv/bin/python", "/usr/bin/python3", "/usr/bin/python"];
  await discover(
    LINUX,
    (path) => files.includes(path),
    ({ command, origin }) => {
      asked.push(command);
      return Promise.resolve({ path: command, version: [3, 12, 0], origin });
    },
  );
  assert.deepEqual(asked, ["/project/shop/.venv/bin/python"]);
});

test("the Python extension is not asked where an environment or a setting says it all", async () => {
  const chosen = (): Promise<string> => assert.fail("it was asked");
  const files = { "/project/shop/.venv/bin/python": [3, 12, 0] as const, "/opt/python": [3, 11, 0] as const };
  assert.equal((await find({ ...LINUX, chosen }, files)).kind, "found");
  assert.equal((await find({ ...LINUX, chosen, setting: "/opt/python" }, files)).kind, "found");
  await assert.rejects(find({ ...LINUX, chosen }, {}));
});
