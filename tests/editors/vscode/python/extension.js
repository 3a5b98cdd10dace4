// Stands in for Microsoft's Python extension, which no package registry holds: under its identity,
// the part of its interface about environments, as its npm package @vscode/python-extension declares
// it. Here an environment is a path of a Python, and the choice is the one that was made last.

"use strict";

const vscode = require("vscode");

exports.activate = () => {
  const changed = new vscode.EventEmitter();
  let chosen = "python";
  return {
    ready: Promise.resolve(),
    environments: {
      getActiveEnvironmentPath: () => ({ id: chosen, path: chosen }),
      async updateActiveEnvironmentPath(environment, resource) {
        chosen = typeof environment === "string" ? environment : environment.path;
        changed.fire({ id: chosen, path: chosen, resource });
      },
      onDidChangeActiveEnvironmentPath: changed.event,
      async resolveEnvironment(environment) {
        const path = typeof environment === "string" ? environment : environment.path;
        // What is no path of a file is an environment that it does not know.
        const uri = path.startsWith("/") ? vscode.Uri.file(path) : undefined;
        return uri && { id: path, path, executable: { uri, bitness: "64-bit", sysPrefix: "" } };
      },
    },
  };
};
