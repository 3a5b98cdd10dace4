/** What deleting one row does, read from what the server wrote. It decides nothing itself. */

import type { Word, WrittenDelete } from "./data";

export type Effect =
  "deletes" | "removes" | "clears" | "resets" | "unlinks" | "refuses" | "may-refuse";

export interface Refusal {
  readonly verdict: string;
  readonly reason: string;
  readonly constraint: string | null;
  readonly explanation: string;
}

/** What happens to one model through one key; `number` is its place in the tree from the top. */
export interface Twig {
  readonly number: number;
  readonly parent: Twig | null;
  readonly level: number;
  readonly effect: Effect;
  /** A model, or the join table that loses links. */
  readonly subject: string;
  readonly key: string | null;
  readonly also: readonly string[];
  readonly refusal: Refusal | null;
  readonly children: Twig[];
}

export interface Delete {
  readonly root: string;
  readonly summary: string;
  readonly removes: number;
  readonly levels: number;
  readonly twigs: readonly Twig[];
}

export function readDelete(written: WrittenDelete, words: readonly string[] = []): Delete {
  const say = (word: Word): string => (typeof word === "number" ? (words[word] ?? "") : word);
  const sayOrNull = (word: Word | null): string | null => (word === null ? null : say(word));
  const refusals = new Map<number, Refusal>(
    written.refusals.map(([twig, verdict, reason, constraint, explanation]) => [
      twig,
      {
        verdict: say(verdict),
        reason: say(reason),
        constraint: sayOrNull(constraint),
        explanation: say(explanation),
      },
    ]),
  );
  const twigs: Twig[] = [];
  written.twigs.forEach(([parentNumber, effect, subject, key, also], number) => {
    // A twig stands behind the one that it grows from.
    const parent = parentNumber === null ? null : (twigs[parentNumber] ?? null);
    const twig: Twig = {
      number,
      parent,
      level: parent === null ? 0 : parent.level + 1,
      effect: say(effect) as Effect,
      subject: say(subject),
      key: sayOrNull(key),
      also: also.map(say),
      refusal: refusals.get(number) ?? null,
      children: [],
    };
    parent?.children.push(twig);
    twigs.push(twig);
  });
  return {
    root: say(written.root),
    summary: say(written.summary),
    removes: written.removes,
    levels: written.levels,
    twigs,
  };
}

/** The strongest thing that a delete does to each model; a refusal outranks a removal. */
export function effectsByModel(found: Delete): Map<string, Effect> {
  const strongest = new Map<string, Effect>();
  for (const twig of found.twigs) {
    if (twig.effect === "unlinks") {
      continue;
    }
    const before = strongest.get(twig.subject);
    if (before === undefined || RANKS[twig.effect] > RANKS[before]) {
      strongest.set(twig.subject, twig.effect);
    }
  }
  return strongest;
}

const RANKS: Readonly<Record<Effect, number>> = {
  unlinks: 0,
  resets: 1,
  clears: 2,
  removes: 3,
  "may-refuse": 4,
  refuses: 5,
  deletes: 6,
};
