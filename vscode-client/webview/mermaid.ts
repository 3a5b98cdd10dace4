/** The relations, or the tree of a delete, as Mermaid: the same text that `referee graph` writes. */

import type { RelationMap } from "./data";
import type { Delete, Twig } from "./deletes";

/** Returns an entity relationship diagram. */
export function mapAsMermaid(map: RelationMap): string {
  const lines = ["erDiagram", ...map.models.map((model) => `  "${model.name}"`)];
  for (const key of map.keys) {
    const parent = key.isRequired ? "||" : "|o";
    const child = key.isOneToOne ? "o|" : "o{";
    const label = quoted(`${key.field}: ${key.action}`);
    lines.push(`  "${key.to}" ${parent}--${child} "${key.from}" : ${label}`);
  }
  for (const join of map.joins) {
    lines.push(`  "${join.from}" }o--o{ "${join.to}" : ${quoted(join.table)}`);
  }
  return lines.join("\n") + "\n";
}

/** Returns a flowchart of what a delete does. */
export function deleteAsMermaid(found: Delete, map: RelationMap): string {
  const fieldOf = new Map(map.keys.map((key) => [key.name, key.field]));
  const lines = ["flowchart LR"];
  const refusing: string[] = [];
  for (const twig of found.twigs) {
    const isPlain = twig.effect === "deletes" || twig.effect === "removes";
    const label = isPlain ? twig.subject : `${twig.subject}: ${effectWords(twig, map)}`;
    lines.push(`  n${twig.number}[${quoted(label)}]`);
    const isRefusal = twig.effect === "refuses" || twig.effect === "may-refuse";
    if (twig.parent !== null) {
      const through = twig.key === null ? "" : `|${quoted(fieldOf.get(twig.key) ?? "")}|`;
      const arrow = isRefusal ? "--x" : twig.effect === "removes" ? "-->" : "-.->";
      lines.push(`  n${twig.parent.number} ${arrow}${through} n${twig.number}`);
    }
    if (isRefusal) {
      refusing.push(`n${twig.number}`);
    }
  }
  if (refusing.length > 0) {
    lines.push("  classDef refusing stroke:#c0392b,stroke-width:2px");
    lines.push(`  class ${refusing.join(",")} refusing`);
  }
  return lines.join("\n") + "\n";
}

/** Says in a few words what happens to the rows of a twig. */
export function effectWords(twig: Twig, map: RelationMap): string {
  const key = map.keys.find((each) => each.name === twig.key);
  const columns = key?.columns.join(", ") ?? "";
  switch (twig.effect) {
    case "deletes":
      return "one row deleted";
    case "unlinks":
      return "links removed";
    case "removes":
      return key?.from === key?.to ? "removed, however deep" : "removed";
    case "clears":
      return `${columns} to NULL`;
    case "resets":
      return `${columns} to default`;
    case "refuses":
    case "may-refuse": {
      const verb = twig.effect === "refuses" ? "refuses" : "may refuse";
      return `${verb}: ${key?.action ?? ""}${key?.isDefault === true ? " by default" : ""}`;
    }
  }
}

/** Mermaid writes a quote inside quotes as an entity. */
function quoted(text: string): string {
  return `"${text.replaceAll("#", "#35;").replaceAll('"', "#quot;")}"`;
}
