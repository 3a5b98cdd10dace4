// The command `referee.selectInterpreter`: which Python runs Referee.

import * as vscode from "vscode";

import { candidates, type Interpreter } from "./interpreter";
import { probe } from "./probe";
import { isFile, type Server } from "./server";
import { isNewEnough, shownVersion } from "./version";
import { SECTION } from "./workspaceSettings";

interface Choice extends vscode.QuickPickItem {
  readonly path: string | undefined;
}

export function registerSelectInterpreter(server: Server): vscode.Disposable {
  return vscode.commands.registerCommand("referee.selectInterpreter", () =>
    selectInterpreter(server),
  );
}

async function selectInterpreter(server: Server): Promise<void> {
  const browse: Choice = { label: "$(folder-opened) Browse…", path: undefined };
  const found = choices(server).then((all): Choice[] => [...all, browse]);
  const chosen = await vscode.window.showQuickPick<Choice>(found, {
    title: "The Python that runs Referee",
    placeHolder: "Python 3.10 or newer",
  });
  if (chosen === undefined) {
    return;
  }
  const path = chosen === browse ? await browseForPython() : chosen.path;
  if (path === undefined) {
    return;
  }
  const settings = vscode.workspace.getConfiguration(SECTION);
  if (settings.get("interpreter") === path) {
    await server.restart();
    return;
  }
  // The change of the setting starts the server again.
  await settings.update("interpreter", path, vscode.ConfigurationTarget.Global);
}

/** Lists what was found by itself; an empty path means to go on finding it. */
async function choices(server: Server): Promise<Choice[]> {
  const around = { ...server.surroundings(), setting: "" };
  const folder = server.folderToRunIn();
  const probing: Promise<Interpreter | undefined>[] = [];
  for await (const candidate of candidates(around, isFile)) {
    probing.push(probe(candidate, folder));
  }
  const probed = await Promise.all(probing);
  const found = probed.filter(
    (each): each is Interpreter => each !== undefined && isNewEnough(each.version),
  );
  const byPath = new Map(found.map((each) => [each.path, each]));
  return [
    { label: "$(search) Find one by itself", path: "" },
    ...[...byPath.values()].map(({ path, version, origin }) => ({
      label: `Python ${shownVersion(version)}`,
      description: origin,
      detail: path,
      path,
    })),
  ];
}

async function browseForPython(): Promise<string | undefined> {
  const chosen = await vscode.window.showOpenDialog({
    title: "The Python that runs Referee",
    openLabel: "Choose",
    canSelectMany: false,
  });
  return chosen?.[0]?.fsPath;
}
