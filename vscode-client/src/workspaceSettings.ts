// The settings of Referee as the editor keeps them.

import * as vscode from "vscode";

import { SERVER_SETTINGS, serverSection, type ServerSetting } from "./settings";

export const SECTION = "referee";
const OFFICIAL_EXTENSION = "Prisma.prisma";

/** Returns what the server is told for one folder, or for what is in none. */
export function sectionFor(scope: vscode.Uri | undefined): Record<string, unknown> {
  const settings = vscode.workspace.getConfiguration(SECTION, scope ?? null);
  const said = new Map<ServerSetting, unknown>();
  for (const name of SERVER_SETTINGS) {
    const places = settings.inspect(name);
    const isSet =
      places?.globalValue !== undefined ||
      places?.workspaceValue !== undefined ||
      places?.workspaceFolderValue !== undefined;
    if (isSet) {
      said.set(name, settings.get(name));
    }
  }
  return serverSection(said, isOfficialServerHere());
}

/** Tells whether Prisma's own extension is installed and enabled, and so starts with a schema. */
export function isOfficialServerHere(): boolean {
  return vscode.extensions.getExtension(OFFICIAL_EXTENSION) !== undefined;
}

/** Returns a setting that only the extension itself reads. */
export function ownSetting(name: "interpreter" | "importStrategy"): string {
  return vscode.workspace.getConfiguration(SECTION).get<string>(name, "");
}
