// Runs Prisma's own schema engine on a database that another program holds.
//
// Standard input and output carry JSON, a line each. A question {method, params, files, provider}
// is answered with {result} or {refusal}; until then the engine asks for SQL to be run with
// {query | execute | script, args, types} and is given {names, types, rows}, {count} or {error}.
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

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const read = async () => {
  const { value, done } = await lines.next();
  return done ? undefined : JSON.parse(value);
};
const write = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

const ask = async (question) => {
  write(question);
  const answer = await read();
  if (answer.error) throw new DriverAdapterError(answer.error);
  return answer;
};

const connection = (provider) => {
  const run = {
    provider,
    adapterName: provider === "sqlite" ? "@prisma/adapter-better-sqlite3" : "@prisma/adapter-pg",
    queryRaw: async ({ sql, args, argTypes }) => {
      const { names, types, rows } = await ask({ query: sql, args, types: argTypes });
      return { columnNames: names, columnTypes: types, rows };
    },
    executeRaw: async ({ sql, args, argTypes }) =>
      (await ask({ execute: sql, args, types: argTypes })).count,
    executeScript: async (script) => {
      await ask({ script });
    },
    getConnectionInfo: () => ({ schemaName: "public", supportsRelationJoins: true }),
    dispose: async () => {},
  };
  run.startTransaction = async () => {
    await ask({ script: "BEGIN" });
    return {
      ...run,
      options: { usePhantomQuery: true },
      commit: async () => void (await ask({ script: "COMMIT" })),
      rollback: async () => void (await ask({ script: "ROLLBACK" })),
    };
  };
  return run;
};

for (let question = await read(); question; question = await read()) {
  const { method, params, files, provider } = question;
  try {
    const connect = async () => connection(provider);
    const factory = bindMigrationAwareSqlAdapterFactory({
      provider,
      adapterName: connection(provider).adapterName,
      connect,
      connectToShadowDb: connect,
    });
    const engine = await glue.SchemaEngine.new({ datamodels: files }, () => {}, factory);
    write({ result: (await engine[method](params)) ?? null });
  } catch (error) {
    write({ refusal: String(error?.message ?? error), code: error?.code ?? null });
  }
}
