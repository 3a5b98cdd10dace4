import assert from "node:assert/strict";
import { test } from "node:test";

import manifest from "../package.json";
import { SERVER_SETTINGS, serverSection, type ServerSetting } from "../src/settings";

const said = (settings: Partial<Record<ServerSetting, unknown>>): Map<ServerSetting, unknown> =>
  new Map(Object.entries(settings) as [ServerSetting, unknown][]);

test("what nobody set is not told, so that referee.toml has the word", () => {
  assert.deepEqual(serverSection(new Map(), false), {});
});

test("what was set is told as it is", () => {
  const settings = { severity: { "missing-index": "error" }, exclude: [], lenses: false };
  assert.deepEqual(serverSection(said(settings), false), settings);
});

test("beside Prisma's own server it keeps silent about what that says, unless told otherwise", () => {
  const beside = (setting: unknown, isHere: boolean): unknown =>
    serverSection(said({ besideOfficialServer: setting }), isHere)["besideOfficialServer"];
  assert.equal(serverSection(new Map(), true)["besideOfficialServer"], true);
  assert.equal(beside("auto", true), true);
  assert.equal(beside("auto", false), undefined);
  assert.equal(beside("on", false), true);
  assert.equal(beside("off", true), false);
  assert.equal(beside(false, true), false);
  assert.equal(beside(true, false), true);
});

test("package.json offers exactly what the server is told, and what the extension reads itself", () => {
  const own = ["interpreter", "importStrategy", "trace.server"];
  const offered = manifest.contributes.configuration.flatMap((group) => Object.keys(group.properties));
  assert.deepEqual(
    offered.sort(),
    [...SERVER_SETTINGS, ...own].map((name) => `referee.${name}`).sort(),
  );
});

test("a workspace that is not trusted may not say what is run", () => {
  const { supported, restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces;
  assert.equal(supported, "limited");
  const [server] = manifest.contributes.configuration.filter(({ id }) => id === "server");
  const thatRun = Object.keys(server?.properties ?? {}).filter((name) => !name.includes("trace"));
  assert.deepEqual([...restrictedConfigurations].sort(), thatRun.sort());
});
