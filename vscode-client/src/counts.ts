// How many findings there are, and how the status bar says so.

export type Severity = "error" | "warning" | "information" | "hint";

export type Counts = Readonly<Record<Severity, number>>;

export const NOTHING: Counts = { error: 0, warning: 0, information: 0, hint: 0 };

const ICONS: readonly (readonly [Severity, string])[] = [
  ["error", "$(error)"],
  ["warning", "$(warning)"],
  ["information", "$(info)"],
];

export function sum(all: Iterable<Counts>): Counts {
  const total = { ...NOTHING };
  for (const counts of all) {
    total.error += counts.error;
    total.warning += counts.warning;
    total.information += counts.information;
    total.hint += counts.hint;
  }
  return total;
}

/** Returns what the status bar shows: hints are too quiet for it. */
export function shownCounts(counts: Counts): string {
  const shown = ICONS.filter(([severity]) => counts[severity] > 0);
  return shown.length === 0
    ? "$(check)"
    : shown.map(([severity, icon]) => `${icon} ${counts[severity]}`).join(" ");
}

/** Says the counts as a sentence. */
export function sentence(counts: Counts): string {
  const words = [
    counted(counts.error, "error"),
    counted(counts.warning, "warning"),
    counts.information > 0 ? `${counts.information} information` : "",
    counted(counts.hint, "hint"),
  ].filter((word) => word !== "");
  return words.length === 0 ? "Nothing found in the open files" : `${words.join(", ")} in the open files`;
}

function counted(count: number, noun: string): string {
  return count === 0 ? "" : `${count} ${noun}${count === 1 ? "" : "s"}`;
}
