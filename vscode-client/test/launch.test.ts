import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";

import { launch, strategyFor } from "../src/launch";

const RUN = join("/ext", "bundled", "tool", "run.py");

test("the bundled server runs isolated from the environment", () => {
  const { command, args } = launch("/usr/bin/python3", "useBundled", "/ext", ["serve", "--stdio"]);
  assert.equal(command, "/usr/bin/python3");
  assert.deepEqual(args, ["-I", RUN, "useBundled", "serve", "--stdio"]);
});

test("the environment's own server is found as that environment says", () => {
  const { args } = launch("python", "fromEnvironment", "/ext", ["rules"]);
  assert.deepEqual(args, [RUN, "fromEnvironment", "rules"]);
});

test("only a trusted workspace may bring its own server", () => {
  assert.equal(strategyFor("fromEnvironment", true), "fromEnvironment");
  assert.equal(strategyFor("fromEnvironment", false), "useBundled");
  assert.equal(strategyFor("useBundled", true), "useBundled");
  assert.equal(strategyFor("nonsense", true), "useBundled");
  assert.equal(strategyFor(undefined, true), "useBundled");
});
