// Writes the SQL that Prisma's own schema engine makes of schemas, without any database.
//
// Reads a JSON list of {name, provider, files: [[path, text], ...], from: [[path, text], ...]} from
// the file named first and writes a JSON object from name to {sql} or {refusal} into the file named
// second. Without `from` the SQL starts at an empty database.
// The engine asks PostgreSQL one question about its version; the adapter here answers it.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const require = createRequire(import.meta.url);
// The package exports no file of its own by name, so it is found where npm puts it.
const folder = fileURLToPath(
  new URL("../../node_modules/@prisma/schema-engine-wasm", import.meta.url),
);
const { bindMigrationAwareSqlAdapterFactory } = require("@prisma/driver-adapter-utils");

globalThis.PRISMA_WASM_PANIC_REGISTRY = { set_message() {} };
const glue = await import(pathToFileURL(join(folder, "schema_engine_bg.js")));
const wasm = new WebAssembly.Module(readFileSync(join(folder, "schema_engine_bg.wasm")));
const instance = new WebAssembly.Instance(wasm, { "./schema_engine_bg.js": glue });
glue.__wbg_set_wasm(instance.exports);
instance.exports.__wbindgen_start?.();

const [, , questions, answers] = process.argv;
const found = {};
for (const { name, provider, files, from } of JSON.parse(readFileSync(questions, "utf8"))) {
  const schemaOf = (each) => ({
    tag: "schemaDatamodel",
    files: each.map(([path, content]) => ({ path, content })),
  });
  try {
    const engine = await glue.SchemaEngine.new(
      { datamodels: files },
      () => {},
      factory(provider === "sqlite" ? "sqlite" : "postgres", provider),
    );
    const difference = await engine.diff({
      from: from ? schemaOf(from) : { tag: "empty" },
      to: schemaOf(files),
      script: true,
      exitCode: true,
      filters: { externalTables: [], externalEnums: [] },
    });
    found[name] = { sql: difference.stdout };
  } catch (error) {
    found[name] = { refusal: String(error?.message ?? error) };
  }
}
writeFileSync(answers, JSON.stringify(found));

function factory(kind, provider) {
  const adapterName = kind === "sqlite" ? "@prisma/adapter-better-sqlite3" : "@prisma/adapter-pg";
  const version = provider === "cockroachdb" ? "CockroachDB CCL v23.1.0" : "PostgreSQL 16.2";
  const connection = async () => ({
    provider: kind,
    adapterName,
    queryRaw: async ({ sql }) =>
      sql.includes("server_version_num")
        ? {
            columnNames: ["exists", "version", "numeric_version"],
            columnTypes: [5, 7, 0],
            rows: [[true, version, 160002]],
          }
        : { columnNames: ["a"], columnTypes: [7], rows: [] },
    executeRaw: async () => 0,
    executeScript: async () => {},
    startTransaction: async () => {
      throw new Error("there is no database");
    },
    getConnectionInfo: () => ({ schemaName: "public", supportsRelationJoins: true }),
    dispose: async () => {},
  });
  return bindMigrationAwareSqlAdapterFactory({
    provider: kind,
    adapterName,
    connect: connection,
    connectToShadowDb: connection,
  });
}
