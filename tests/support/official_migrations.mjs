// Asks Prisma's own schema engine what a history of migrations lacks to be a schema.
//
// Speaks lines of JSON. In: {question: {provider, files: [[path, text], ...], lock, migrations:
// [[name, text], ...]}} for each history, and {result} or {failure} for each request. Out: {request:
// {id, kind, ...}} for what a database has to do, and {sql} or {refusal} as the answer.
// It has no database and no driver: whoever starts it runs the SQL.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";

const require = createRequire(import.meta.url);
// The package exports no file of its own by name, so it is found where npm puts it.
const folder = fileURLToPath(
  new URL("../../node_modules/@prisma/schema-engine-wasm", import.meta.url),
);
const {
  bindMigrationAwareSqlAdapterFactory,
  ColumnTypeEnum,
  DriverAdapterError,
} = require("@prisma/driver-adapter-utils");

globalThis.PRISMA_WASM_PANIC_REGISTRY = {
  set_message(message) {
    globalThis.panic = message;
  },
};
const glue = await import(pathToFileURL(join(folder, "schema_engine_bg.js")));
const wasm = new WebAssembly.Module(readFileSync(join(folder, "schema_engine_bg.wasm")));
const instance = new WebAssembly.Instance(wasm, { "./schema_engine_bg.js": glue });
glue.__wbg_set_wasm(instance.exports);
instance.exports.__wbindgen_start?.();

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const tell = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

for (;;) {
  const { value, done } = await lines.next();
  if (done) {
    break;
  }
  try {
    tell({ sql: await lacking(JSON.parse(value).question) });
  } catch (error) {
    tell({ refusal: String(error?.message ?? error), panic: globalThis.panic });
  }
}

async function lacking({ provider, files, lock, migrations }) {
  const factory = provider === "sqlite" ? ofKind("sqlite", "better-sqlite3") : ofKind("postgres", "pg");
  const engine = await glue.SchemaEngine.new({ datamodels: files }, () => {}, factory);
  const difference = await engine.diff({
    from: {
      tag: "migrations",
      baseDir: "migrations",
      lockfile: { path: "migration_lock.toml", content: lock },
      shadowDbInitScript: "",
      migrationDirectories: migrations.map(([path, value]) => ({
        path,
        migrationFile: { path: "migration.sql", content: { tag: "ok", value } },
      })),
    },
    to: { tag: "schemaDatamodel", files: files.map(([path, content]) => ({ path, content })) },
    script: true,
    exitCode: true,
    filters: { externalTables: [], externalEnums: [] },
  });
  return difference.stdout;
}

function ofKind(provider, driver) {
  const adapterName = `@prisma/adapter-${driver}`;
  const connect = async () => {
    const id = await request({ kind: "open" });
    const run = (kind, sql, args = []) => request({ kind, id, sql, args }, provider);
    const connection = {
      provider,
      adapterName,
      queryRaw: async ({ sql, args }) => {
        const { names, types, rows } = await run("query", sql, args);
        return { columnNames: names, columnTypes: types.map((each) => ColumnTypeEnum[each]), rows };
      },
      executeRaw: ({ sql, args }) => run("execute", sql, args),
      executeScript: (sql) => run("script", sql),
      startTransaction: async () => ({
        ...connection,
        options: { usePhantomQuery: true },
        commit: async () => {},
        rollback: async () => {},
      }),
      getConnectionInfo: () => ({ schemaName: "public", supportsRelationJoins: true }),
      dispose: () => run("close"),
    };
    return connection;
  };
  return bindMigrationAwareSqlAdapterFactory({
    provider,
    adapterName,
    connect,
    connectToShadowDb: connect,
  });
}

async function request(message, provider) {
  tell({ request: message });
  const { value } = await lines.next();
  const { result, failure } = JSON.parse(value);
  if (failure === undefined) {
    return result;
  }
  const { code, message: text } = failure;
  throw new DriverAdapterError(
    provider === "sqlite"
      ? { kind: "sqlite", extendedCode: 1, message: text, originalMessage: text }
      : { kind: "postgres", code, severity: "ERROR", message: text, originalCode: code, originalMessage: text },
  );
}
