// Finds a Python and runs tools/tasks.py with it, so that npm can start the tasks where there is
// no make. It deliberately knows no task: what they do is in tools/tasks.py.

import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const tasks = join(dirname(fileURLToPath(import.meta.url)), "tasks.py");
const usual = process.platform === "win32" ? [["py", "-3"], ["python"]] : [["python3"], ["python"]];
const candidates = process.env.PYTHON ? [[process.env.PYTHON]] : usual;

const python = candidates.find(([command, ...options]) => {
  return spawnSync(command, [...options, "--version"], { stdio: "ignore" }).status === 0;
});

if (python === undefined) {
  const tried = candidates.map((words) => words.join(" ")).join(" nor ");
  console.error(`Referee needs Python 3.10 or newer, and ${tried} does not run here; install it, or name it in the variable PYTHON.`);
  process.exit(1);
}

const [command, ...options] = python;
const run = spawnSync(command, [...options, tasks, ...process.argv.slice(2)], { stdio: "inherit" });
process.exit(run.status ?? 1);
