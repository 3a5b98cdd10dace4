// What the Python extension has chosen, where that is installed; nothing of it is needed.

import * as vscode from "vscode";

const ID = "ms-python.python";

/** The part of the Python extension's interface that is used here. */
interface PythonApi {
  readonly environments: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { readonly path: string };
    resolveEnvironment(environment: {
      readonly path: string;
    }): Promise<{ readonly executable: { readonly uri?: vscode.Uri } } | undefined>;
    readonly onDidChangeActiveEnvironmentPath: vscode.Event<unknown>;
  };
}

/** The Python extension, which is woken only when its choice is asked for. */
export class PythonExtension implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  /** Tells that it has chosen another Python than it last said. */
  readonly onDidChange = this.changed.event;
  private listening: vscode.Disposable | undefined;
  private last: string | undefined;

  /** Returns the Python that it has chosen for a folder, if it is here and has chosen one. */
  async chosen(folder: vscode.Uri | undefined): Promise<string | undefined> {
    const api = await pythonApi();
    if (api === undefined) {
      return undefined;
    }
    this.listening ??= api.environments.onDidChangeActiveEnvironmentPath(async () => {
      const now = await activePython(api, folder);
      // Compared only now: of two changes in a row, both may be answered with the second.
      if (now !== this.last) {
        this.last = now;
        this.changed.fire();
      }
    });
    this.last = await activePython(api, folder);
    return this.last;
  }

  dispose(): void {
    this.listening?.dispose();
    this.changed.dispose();
  }
}

async function activePython(
  api: PythonApi,
  folder: vscode.Uri | undefined,
): Promise<string | undefined> {
  const path = api.environments.getActiveEnvironmentPath(folder);
  return (await api.environments.resolveEnvironment(path))?.executable.uri?.fsPath;
}

async function pythonApi(): Promise<PythonApi | undefined> {
  const extension = vscode.extensions.getExtension<PythonApi | undefined>(ID);
  try {
    const api = await extension?.activate();
    return api?.environments === undefined ? undefined : api;
  } catch {
    // It failed, and has said so itself.
    return undefined;
  }
}
