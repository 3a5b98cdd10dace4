/** The column beside the picture: the whole schema, or one model and what deleting it does. */

import { badgeElement } from "./badges";
import type { At, Foul, Key, Model, RelationMap } from "./data";
import type { Delete, Twig } from "./deletes";
import { button, counted, element, sentence } from "./elements";
import { effectWords } from "./mermaid";

export interface Doors {
  choose(model: string): void;
  filter(choice: string): void;
  /** Null where there is nothing that could open a place. */
  readonly open: ((at: At) => void) | null;
}

/** Rows of a tree of a delete that are shown at once; the others come when asked for. */
const MOST_ROWS = 200;

export function overview(map: RelationMap, shown: readonly Foul[] | null, doors: Doors): Node[] {
  const relations = map.relationMode === "prisma" ? "relation" : "foreign key";
  const facts = [counted(map.models.length, "model"), counted(map.keys.length, relations)];
  if (map.joins.length > 0) {
    facts.push(counted(map.joins.length, "join table"));
  }
  const about = element(
    "p",
    { class: "facts" },
    facts.join(", "),
    map.database === null ? "" : ` on ${map.database}`,
  );
  if (shown !== null) {
    return [
      element("h2", {}, counted(shown.length, "finding")),
      about,
      shown.length === 0
        ? element("p", {}, "Nothing was found.")
        : foulList(shown, map, doors, true),
    ];
  }
  const hubs = [...map.models]
    .filter((model) => model.referredToBy > 0)
    .sort((one, other) => other.referredToBy - one.referredToBy)
    .slice(0, 8);
  return [
    element("h2", {}, "Relations"),
    about,
    element("p", { class: "hint" }, "Choose a model to see what deleting one of its rows does."),
    ...section(
      "Most referred to",
      hubs.map((model) =>
        element(
          "li",
          {},
          modelLink(model.name, doors),
          element("small", {}, ` by ${counted(model.referredToBy, "key")}`),
        ),
      ),
    ),
    ...section("Findings by rule", foulCounts(map.fouls, doors)),
    ...section(
      "In a circle",
      map.rings.map((ring) =>
        element(
          "li",
          {},
          ...joined(
            ring.map((name) => modelLink(name, doors)),
            " · ",
          ),
        ),
      ),
    ),
    ...section(
      "Left out",
      map.leftOut.map((each) =>
        element("li", {}, element("code", {}, each.relation), ": ", sentence(each.reason)),
      ),
    ),
  ];
}

function foulCounts(fouls: readonly Foul[], doors: Doors): HTMLLIElement[] {
  const byCode = new Map<string, Foul[]>();
  for (const foul of fouls) {
    byCode.set(foul.code, [...(byCode.get(foul.code) ?? []), foul]);
  }
  return [...byCode.values()]
    .sort((one, other) => other.length - one.length)
    .map((found) => {
      const { code, severity } = found[0] as Foul;
      const filter = button(
        code,
        () => {
          doors.filter(`code ${code}`);
        },
        { class: "link" },
      );
      return element(
        "li",
        {},
        badgeElement(severity),
        filter,
        element("small", {}, ` ${found.length}`),
      );
    });
}

export function modelDetails(
  model: Model,
  map: RelationMap,
  found: Delete | null,
  doors: Doors,
): Node[] {
  const fouls = map.fouls.filter((foul) => foul.models.includes(model.name));
  const keys = map.keys.filter((key) => key.from === model.name);
  const back = map.keys.filter((key) => key.to === model.name);
  const joins = map.joins.filter((join) => join.from === model.name || join.to === model.name);
  const heading = element("h2", { id: "chosen-model" }, model.name);
  const table = model.table === model.name ? null : element("small", {}, ` ${model.table}`);
  return [
    element("div", { class: "head" }, heading, table),
    element("p", { class: "facts" }, placeLink(model.at, map, doors)),
    ...(found === null ? [element("p", { class: "hint" }, "…")] : deleteDetails(found, map, doors)),
    ...(fouls.length === 0
      ? []
      : [element("h3", {}, counted(fouls.length, "finding")), foulList(fouls, map, doors, false)]),
    ...section(
      "Refers to",
      keys.map((key) => keyItem(key, key.to, doors)),
    ),
    ...section(
      "Referred to by",
      back.map((key) => keyItem(key, key.from, doors)),
    ),
    ...section(
      "Joined with",
      joins.map((join) =>
        element(
          "li",
          {},
          modelLink(join.from === model.name ? join.to : join.from, doors),
          element("small", {}, ` ${join.table}`),
        ),
      ),
    ),
  ];
}

// --- A delete ------------------------------------------------------------------------------------

function deleteDetails(found: Delete, map: RelationMap, doors: Doors): Node[] {
  const number = (...effects: string[]): number =>
    found.twigs.filter((twig) => effects.includes(twig.effect)).length;
  const tiles = [
    tile(
      "removes",
      found.removes,
      counted(found.removes, "model").replace(/^\d+ /, "") + " removed",
    ),
    tile("clears", number("clears"), "keys to NULL"),
    tile("resets", number("resets"), "keys to default"),
    tile("refuses", number("refuses", "may-refuse"), "refusals"),
  ].filter((each) => each !== null);
  const nodes: Node[] = [
    element("h3", {}, "Deleting one row"),
    element("p", { class: "summary" }, sentence(found.summary)),
  ];
  if (tiles.length > 0) {
    nodes.push(element("div", { class: "tiles" }, ...tiles));
  }
  const refusals = found.twigs.filter((twig) => twig.refusal !== null);
  if (refusals.length > 0) {
    nodes.push(
      element("h4", {}, "Where it is refused"),
      element("ul", { class: "refusals" }, ...refusals.map((twig) => refusalItem(twig, doors))),
    );
  }
  const root = found.twigs[0];
  if (root !== undefined && root.children.length > 0) {
    nodes.push(element("h4", {}, "What it does"), tree(root, map, doors));
  }
  return nodes;
}

function tile(effect: string, number: number, label: string): HTMLElement | null {
  if (number === 0) {
    return null;
  }
  return element(
    "div",
    { class: `tile ${effect}`, "data-effect": effect, "data-count": String(number) },
    element("b", {}, String(number)),
    ` ${label}`,
  );
}

function refusalItem(twig: Twig, doors: Doors): HTMLLIElement {
  const steps: Node[] = [];
  for (let each: Twig | null = twig; each !== null; each = each.parent) {
    steps.unshift(modelLink(each.subject, doors));
  }
  const constraint = twig.refusal?.constraint ?? null;
  return element(
    "li",
    { class: twig.effect },
    element("div", {}, ...joined(steps, " › ")),
    element("div", {}, sentence(twig.refusal?.explanation ?? "")),
    constraint === null
      ? null
      : element("div", { class: "muted" }, "by ", element("code", {}, constraint)),
  );
}

/** Draws the tree without recursion, since a chain of cascades may be long. */
function tree(root: Twig, map: RelationMap, doors: Doors): HTMLElement {
  const list = element("ul", {
    class: "tree",
    "aria-label": `What deleting a ${root.subject} does`,
  });
  const work = [...root.children].reverse();
  const rows: HTMLLIElement[] = [];
  while (work.length > 0) {
    const twig = work.pop() as Twig;
    rows.push(treeRow(twig, map, doors));
    work.push(...[...twig.children].reverse());
  }
  list.append(...rows.slice(0, MOST_ROWS));
  if (rows.length > MOST_ROWS) {
    const more = button(`Show ${rows.length - MOST_ROWS} more`, () => {
      more.parentElement?.replaceWith(...rows.slice(MOST_ROWS));
    });
    list.append(element("li", {}, more));
  }
  return list;
}

function treeRow(twig: Twig, map: RelationMap, doors: Doors): HTMLLIElement {
  const subject =
    twig.effect === "unlinks" ? element("code", {}, twig.subject) : modelLink(twig.subject, doors);
  const keys = [twig.key, ...twig.also].filter((key) => key !== null);
  const row = element(
    "li",
    { class: twig.effect, "data-effect": twig.effect, "data-subject": twig.subject },
    element("span", { class: "mark", "aria-hidden": "true" }, MARKS[twig.effect]),
    subject,
    element("span", { class: "effect" }, ` ${effectWords(twig, map)}`),
    element("small", {}, ` ${keys.map((key) => key.split(".")[1] ?? key).join(", ")}`),
  );
  row.style.setProperty("--level", String(Math.min(twig.level, 12) - 1));
  return row;
}

const MARKS = {
  deletes: "✕",
  removes: "✕",
  clears: "∅",
  resets: "↺",
  unlinks: "⌿",
  refuses: "■",
  "may-refuse": "□",
} as const;

// --- Parts ---------------------------------------------------------------------------------------

function foulList(
  fouls: readonly Foul[],
  map: RelationMap,
  doors: Doors,
  named: boolean,
): HTMLElement {
  const items = fouls.map((foul) =>
    element(
      "li",
      { class: "foul" },
      badgeElement(foul.severity),
      element(
        "div",
        {},
        named && foul.models[0] !== undefined ? modelLink(foul.models[0], doors) : null,
        named ? " " : null,
        sentence(foul.message),
        element(
          "div",
          { class: "muted" },
          element("code", {}, foul.code),
          " ",
          placeLink(foul.at, map, doors),
        ),
      ),
    ),
  );
  return element("ul", { class: "fouls" }, ...items);
}

function keyItem(key: Key, other: string, doors: Doors): HTMLLIElement {
  const action = element("span", { class: `action ${key.action}` }, key.action);
  const field = element("small", {}, ` ${key.field}`);
  const byDefault = key.isDefault ? element("small", {}, " by default") : null;
  return element("li", {}, modelLink(other, doors), field, " ", action, byDefault);
}

function section(title: string, items: readonly HTMLLIElement[]): Node[] {
  if (items.length === 0) {
    return [];
  }
  const summary = element("summary", {}, `${title} `, element("small", {}, String(items.length)));
  return [element("details", { open: "" }, summary, element("ul", {}, ...items))];
}

function modelLink(model: string, doors: Doors): HTMLElement {
  const link = button(
    model,
    () => {
      doors.choose(model);
    },
    { class: "link" },
  );
  return link;
}

function placeLink(at: At, map: RelationMap, doors: Doors): HTMLElement {
  const [file, line] = at;
  const words = `${map.files[file] ?? ""}:${line + 1}`;
  const { open } = doors;
  if (open === null) {
    return element("span", { class: "place" }, words);
  }
  return button(
    words,
    () => {
      open(at);
    },
    { class: "link place", title: "Go to the source" },
  );
}

function joined(nodes: readonly Node[], between: string): (Node | string)[] {
  return nodes.flatMap((node, index) => (index === 0 ? [node] : [between, node]));
}
