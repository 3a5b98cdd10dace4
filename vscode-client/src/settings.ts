// What the server is told of the settings: what somebody set, and nothing that is only a default,
// since a default would go before the project's own referee.toml.

/** The settings that mean something to the server, by their name below `referee`. */
export const SERVER_SETTINGS = [
  "severity",
  "rules",
  "exclude",
  "foreignSchemas",
  "lookupWords",
  "migrations",
  "requireReasons",
  "besideOfficialServer",
  "schema",
  "configuration",
  "lenses",
  "hints",
] as const;

export type ServerSetting = (typeof SERVER_SETTINGS)[number];

/** Returns the section to tell the server: `said` holds what was set, by name. */
export function serverSection(
  said: ReadonlyMap<ServerSetting, unknown>,
  isOfficialServerHere: boolean,
): Record<string, unknown> {
  const section: Record<string, unknown> = Object.fromEntries(said);
  const beside = besideOfficialServer(said.get("besideOfficialServer"), isOfficialServerHere);
  delete section["besideOfficialServer"];
  return beside === undefined ? section : { ...section, besideOfficialServer: beside };
}

function besideOfficialServer(setting: unknown, isHere: boolean): boolean | undefined {
  switch (setting) {
    case "on":
    case true:
      return true;
    case "off":
    case false:
      return false;
    default:
      // Where it is not here, the project's own configuration has the word.
      return isHere ? true : undefined;
  }
}
