/** The filter by fouls: a choice of all, of a severity, of a family or of one code. */

import { SEVERITIES } from "./data";
import type { Foul } from "./data";
import { element } from "./elements";

export const NO_FILTER = "";

/** Returns the fouls that a choice means; null where nothing is to be filtered. */
export function chosenFouls(fouls: readonly Foul[], choice: string): readonly Foul[] | null {
  const [kind, name] = choice.split(" ", 2);
  switch (kind) {
    case "any":
      return fouls;
    case "severity":
      return fouls.filter((foul) => foul.severity === name);
    case "family":
      return fouls.filter((foul) => foul.family === name);
    case "code":
      return fouls.filter((foul) => foul.code === name);
    default:
      return null;
  }
}

/** Fills the choice anew; what was chosen stays chosen while there is such a foul. */
export function fillFilter(select: HTMLSelectElement, fouls: readonly Foul[]): void {
  const before = select.value;
  const bySeverity = countBy(fouls, (foul) => foul.severity);
  const severities = SEVERITIES.filter((severity) => bySeverity.has(severity));
  select.replaceChildren(
    option(NO_FILTER, "All models"),
    option("any", `With findings (${fouls.length})`),
    options(
      "Severity",
      severities.map((severity) =>
        option(`severity ${severity}`, `${severity} (${bySeverity.get(severity) ?? 0})`),
      ),
    ),
    options(
      "Family",
      sortedOptions(
        "family",
        countBy(fouls, (foul) => foul.family),
      ),
    ),
    options(
      "Rule",
      sortedOptions(
        "code",
        countBy(fouls, (foul) => foul.code),
      ),
    ),
  );
  select.value = before;
  if (select.selectedIndex < 0) {
    select.value = NO_FILTER;
  }
}

function sortedOptions(kind: string, counts: ReadonlyMap<string, number>): HTMLOptionElement[] {
  return [...counts]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, count]) => option(`${kind} ${name}`, `${name} (${count})`));
}

function countBy(fouls: readonly Foul[], of: (foul: Foul) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const foul of fouls) {
    counts.set(of(foul), (counts.get(of(foul)) ?? 0) + 1);
  }
  return counts;
}

function option(value: string, label: string): HTMLOptionElement {
  return element("option", { value }, label);
}

function options(label: string, content: readonly HTMLOptionElement[]): HTMLOptGroupElement {
  return element("optgroup", { label }, ...content);
}
