// Stands in for Prisma's own extension, which no package registry holds: Prisma's language server,
// from node_modules, under the identity of that extension.

"use strict";

const path = require("node:path");
const { LanguageClient, TransportKind } = require("vscode-languageclient/node");

let client;

exports.activate = async () => {
  const module = path.join(path.dirname(require.resolve("@prisma/language-server")), "bin.js");
  client = new LanguageClient(
    "prisma",
    "Prisma Language Server",
    { module, transport: TransportKind.ipc },
    { documentSelector: [{ scheme: "file", language: "prisma" }] },
  );
  await client.start();
};

exports.deactivate = () => client?.stop();
