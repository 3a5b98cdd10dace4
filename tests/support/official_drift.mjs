// Asks Prisma's own schema engine what differs between migrations and a schema.
//
// Reads one question as a line of JSON, {provider, files: [[path, text], ...], migrations: [[name,
// text], ...]}, and answers with a line {answer: {sql}} or {answer: {refusal}}. In between it asks
// for what the databases say: lines {id, connection, action, sql, args}, each answered by a line
// {id, result} or {id, error: {code, message}}. So it needs no driver of a database.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";

const require = createRequire(import.meta.url);
const folder = fileURLToPath(
  new URL("../../node_modules/@prisma/schema-engine-wasm", import.meta.url),
);
const {
  bindMigrationAwareSqlAdapterFactory,
  DriverAdapterError,
} = require("@prisma/driver-adapter-utils");

globalThis.PRISMA_WASM_PANIC_REGISTRY = { set_message() {} };
const glue = await import(pathToFileURL(join(folder, "schema_engine_bg.js")));
const wasm = new WebAssembly.Module(readFileSync(join(folder, "schema_engine_bg.wasm")));
const instance = new WebAssembly.Instance(wasm, { "./schema_engine_bg.js": glue });
glue.__wbg_set_wasm(instance.exports);
instance.exports.__wbindgen_start?.();

const waiting = new Map();
let provider = "postgres";
let question;
let number = 0;
const asked = new Promise((resolve) => {
  question = resolve;
});
createInterface({ input: process.stdin }).on("line", (line) => {
  const value = JSON.parse(line);
  if (value.id === undefined) {
    question(value);
    return;
  }
  const { resolve, reject } = waiting.get(value.id);
  waiting.delete(value.id);
  if (value.error === undefined) {
    resolve(value.result);
  } else {
    reject(refusal(value.error));
  }
});

function refusal({ code, message }) {
  return new DriverAdapterError(
    provider === "sqlite"
      ? { kind: "sqlite", extendedCode: 1, message, originalMessage: message }
      : {
          kind: "postgres",
          code,
          severity: "ERROR",
          message,
          originalCode: code,
          originalMessage: message,
        },
  );
}

function ask(connection, action, sql = "", args = []) {
  number += 1;
  const id = number;
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    say({ id, connection, action, sql, args });
  });
}

function say(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

function factory(adapterName) {
  const open = async () => {
    const connection = await ask(null, "connect");
    const queries = {
      provider,
      adapterName,
      queryRaw: ({ sql, args }) => ask(connection, "query", sql, args),
      executeRaw: ({ sql, args }) => ask(connection, "execute", sql, args),
    };
    return {
      ...queries,
      executeScript: (sql) => ask(connection, "script", sql),
      startTransaction: async () => {
        throw new Error("no transaction is needed to compare");
      },
      getConnectionInfo: () => ({ schemaName: "public", supportsRelationJoins: true }),
      dispose: () => ask(connection, "close"),
    };
  };
  return bindMigrationAwareSqlAdapterFactory({
    provider,
    adapterName,
    connect: open,
    connectToShadowDb: open,
  });
}

const { provider: named, files, migrations } = await asked;
provider = named === "sqlite" ? "sqlite" : "postgres";
const adapterName = named === "sqlite" ? "@prisma/adapter-better-sqlite3" : "@prisma/adapter-pg";
try {
  const engine = await glue.SchemaEngine.new(
    { datamodels: files },
    () => {},
    factory(adapterName),
  );
  const difference = await engine.diff({
    from: {
      tag: "migrations",
      baseDir: "migrations",
      lockfile: { path: "migration_lock.toml", content: `provider = "${named}"\n` },
      shadowDbInitScript: "",
      migrationDirectories: migrations.map(([path, value]) => ({
        path,
        migrationFile: { path: "migration.sql", content: { tag: "ok", value } },
      })),
    },
    to: {
      tag: "schemaDatamodel",
      files: files.map(([path, content]) => ({ path, content })),
    },
    script: true,
    exitCode: true,
    filters: { externalTables: [], externalEnums: [] },
  });
  say({ answer: { sql: difference.exitCode === 0 ? "" : difference.stdout } });
} catch (error) {
  say({ answer: { refusal: String(error?.message ?? error) } });
}
process.exit(0);
