/**
 * What the server tells about a schema, and what the map and the program around it say to each
 * other. The server's side of this is `referee.features.relation_map`.
 */

/** A number of `files`, a line and a column in code points, both counted from 0. */
export type At = readonly [file: number, line: number, column: number];

export type Action = "Cascade" | "Restrict" | "NoAction" | "SetNull" | "SetDefault";
export type Severity = "error" | "warning" | "information" | "hint";
export const SEVERITIES: readonly Severity[] = ["error", "warning", "information", "hint"];

export interface Group {
  readonly title: string;
  readonly isFile: boolean;
}

export interface Model {
  readonly name: string;
  readonly table: string;
  readonly group: number;
  readonly referredToBy: number;
  readonly at: At;
}

/** A foreign key, called by the model and relation field that hold it: "Post.author". */
export interface Key {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly field: string;
  readonly columns: readonly string[];
  readonly action: Action;
  readonly isDefault: boolean;
  readonly isRequired: boolean;
  readonly isOneToOne: boolean;
  readonly constraint: string | null;
  readonly at: At;
}

/** An implicit many-to-many relation. */
export interface Join {
  readonly table: string;
  readonly from: string;
  readonly fromField: string;
  readonly to: string;
  readonly toField: string;
  readonly at: At;
}

export interface Foul {
  readonly code: string;
  readonly family: string;
  readonly severity: Severity;
  readonly message: string;
  readonly models: readonly string[];
  readonly relation: string | null;
  readonly at: At;
}

export interface RelationMap {
  readonly version: 1;
  readonly provider: string | null;
  readonly database: string | null;
  readonly relationMode: string | null;
  readonly files: readonly string[];
  readonly groups: readonly Group[];
  readonly models: readonly Model[];
  readonly keys: readonly Key[];
  readonly joins: readonly Join[];
  readonly fouls: readonly Foul[];
  readonly rings: readonly (readonly string[])[];
  readonly leftOut: readonly { readonly relation: string; readonly reason: string }[];
}

/** A word, or its number in a table of words. */
export type Word = string | number;

/** What deleting a row does, as the server writes it. */
export interface WrittenDelete {
  readonly root: Word;
  readonly summary: Word;
  readonly removes: number;
  readonly levels: number;
  readonly twigs: readonly (readonly [
    parent: number | null,
    effect: Word,
    subject: Word,
    key: Word | null,
    also: readonly Word[],
  ])[];
  readonly refusals: readonly (readonly [
    twig: number,
    verdict: Word,
    reason: Word,
    constraint: Word | null,
    explanation: Word,
  ])[];
}

/** A map in a file of its own, with what each delete does. */
export interface WholeMap extends RelationMap {
  readonly title: string;
  readonly selected: string | null;
  readonly deletes: Readonly<Record<string, WrittenDelete>>;
  readonly words: readonly string[];
}

/** What the program around the map says to it. */
export type ToMap =
  | { readonly type: "map"; readonly title: string; readonly map: RelationMap }
  | { readonly type: "wait"; readonly sentence: string }
  | { readonly type: "delete"; readonly model: string; readonly delete: WrittenDelete | null }
  | { readonly type: "select"; readonly model: string };

/** What the map says to the program around it. */
export type FromMap =
  | { readonly type: "ready" }
  | { readonly type: "delete"; readonly model: string }
  | { readonly type: "open"; readonly at: At }
  | { readonly type: "save"; readonly name: string; readonly text: string };
