// Answers questions about Prisma schemas with the official validator, one JSON value a line.
//
// A question is a list of calls, [function, ...arguments], all strings; the answer is a list of
// the same length with {"value"}, {"refusal"} or {"panic"}. Refusals are what the validator throws
// on purpose. A panic leaves the WebAssembly instance in an unknown state, so this process answers
// up to the panic and then ends; whoever asked starts a new one.
//
// It deliberately does not know what the questions mean.
import { writeSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const PACKAGE = "@prisma/prisma-schema-wasm";

let panicMessage = "";
globalThis.PRISMA_WASM_PANIC_REGISTRY = {
  set_message(message) {
    panicMessage = message;
  },
};

// Found from this file upwards, and in NODE_PATH.
const require = createRequire(import.meta.url);
const validator = require(PACKAGE);

print({ package: PACKAGE, version: require(`${PACKAGE}/package.json`).version });

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const answers = [];
  for (const [name, ...args] of JSON.parse(line)) {
    answers.push(answer(name, args));
    if ("panic" in answers.at(-1)) break;
  }
  print(answers);
  if (answers.length > 0 && "panic" in answers.at(-1)) process.exit(3);
}

function answer(name, args) {
  panicMessage = "";
  try {
    return { value: validator[name](...args) ?? null };
  } catch (error) {
    const isPanic = error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
    return isPanic || panicMessage !== ""
      ? { panic: panicMessage || String(error) }
      : { refusal: error instanceof Error ? error.message : String(error) };
  }
}

// Written at once, so that nothing is lost when the process ends right after.
function print(value) {
  let bytes = Buffer.from(`${JSON.stringify(value)}\n`, "utf8");
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(writeSync(1, bytes));
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}
