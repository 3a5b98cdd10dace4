/** The picture itself: models and relations on a canvas, what is marked on them, and the view. */

import cytoscape from "cytoscape";
import type { Core, EdgeSingular, ElementDefinition, NodeSingular } from "cytoscape";

import { arrange, FRAME_PADDING } from "./arranging";
import type { Point } from "./arranging";
import { SEVERITIES } from "./data";
import type { Foul, RelationMap, Severity } from "./data";
import { effectsByModel } from "./deletes";
import type { Delete } from "./deletes";
import { BADGE_SIZE, NODE_FONT_SIZE, NODE_HEIGHT, stylesheet } from "./styles";
import type { Theme } from "./theme";

const EFFECT_CLASSES = "removes clears resets refuses may-refuse";
const MOST_ZOOM = 3;
/** Below this, names are too small to be read with ease. */
const READABLE_ZOOM = 0.6;

/** From here on, the ways of a delete are drawn thinner. */
const MANY_WAYS = 60;

export type Direction = "left" | "right" | "up" | "down";

export class Picture {
  readonly graph: Core;
  private theme: Theme;
  private map: RelationMap | null = null;
  private titleSize = 0;
  private groupOf = new Map<string, string>();

  constructor(container: HTMLElement, theme: Theme, chosen: (model: string | null) => void) {
    this.theme = theme;
    forbidStyleElement();
    this.graph = cytoscape({
      container,
      style: stylesheet(theme),
      minZoom: 0.05,
      maxZoom: MOST_ZOOM,
      boxSelectionEnabled: false,
      autounselectify: true,
    });
    this.graph.on("tap", (event) => {
      const target = event.target as Core | NodeSingular | EdgeSingular;
      if (target === this.graph) {
        chosen(null);
      } else if ("isEdge" in target && target.isEdge()) {
        chosen(target.data("source") as string);
      } else if ("isParent" in target && !target.isParent()) {
        chosen(target.id());
      }
    });
    this.graph.on("zoom", () => {
      this.fitTitles();
    });
  }

  // --- Contents ----------------------------------------------------------------------------------

  /** Shows a schema. What was shown before stays where it is; all else finds a place. */
  show(map: RelationMap): void {
    const areFiles = map.groups[0]?.isFile;
    const isOtherKind = this.map === null || this.map.groups[0]?.isFile !== areFiles;
    const before = new Map(
      this.models().map((node) => [node.id(), { ...node.position() }] as const),
    );
    const keptGroups = this.keptGroups(map, before);
    this.map = map;
    const elements = this.elements(map, keptGroups);
    const wanted = new Set(elements.map((each) => each.data.id));
    this.graph.batch(() => {
      this.graph.elements().forEach((each) => {
        if (!wanted.has(each.id())) {
          // Frames are left, so that models whose frame is another one now are not lost with it.
          if (!each.isNode() || !each.data("isFrame")) {
            each.remove();
          }
        }
      });
      for (const element of elements) {
        this.put(element);
      }
      this.graph.nodes("[?isFrame]").forEach((frame) => {
        if (frame.children().empty() || !wanted.has(frame.id())) {
          frame.remove();
        }
      });
    });
    const known = this.models().filter((node) => before.has(node.id())).length;
    // Where most is new, as after another branch was checked out, nothing is worth its place.
    if (isOtherKind || 2 * known < map.models.length) {
      this.arrange();
    } else {
      this.placeNew(before);
    }
    this.titleSize = 0;
    this.fitTitles();
  }

  /** Returns the frame of each model; areas, unlike files, may change with every edit. */
  private keptGroups(map: RelationMap, before: ReadonlyMap<string, Point>): Map<string, string> {
    const groups = new Map<string, string>();
    for (const model of map.models) {
      const group = map.groups[model.group];
      const earlier = this.groupOf.get(model.name);
      const stays = group?.isFile !== true && earlier !== undefined && before.has(model.name);
      groups.set(model.name, stays ? earlier : (group?.title ?? ""));
    }
    for (const model of map.models) {
      if (before.size > 0 && !before.has(model.name) && !map.groups[model.group]?.isFile) {
        const neighbour = map.keys.find(
          (key) => key.from === model.name && before.has(key.to) && key.to !== model.name,
        );
        const group = neighbour === undefined ? undefined : groups.get(neighbour.to);
        if (group !== undefined) {
          groups.set(model.name, group);
        }
      }
    }
    this.groupOf = groups;
    return groups;
  }

  private elements(map: RelationMap, groups: ReadonlyMap<string, string>): ElementDefinition[] {
    const severities = worstByModel(map.fouls);
    const measure = measurer(this.theme.font);
    const titles = shortTitles([...groups.values()], map.groups[0]?.isFile === true);
    const frames = [...titles].map(([title, label]) => ({
      data: { id: frameId(title), title, label, isFrame: true, room: 100 },
    }));
    const models = map.models.map((model) => {
      const severity = severities.get(model.name) ?? "none";
      const extra = severity === "none" ? 0 : BADGE_SIZE + 5;
      return {
        data: {
          id: model.name,
          label: model.name,
          parent: frameId(groups.get(model.name) ?? ""),
          severity,
          width: Math.ceil(measure(model.name)) + 20 + extra,
          shift: -extra / 2,
        },
      };
    });
    const isAcross = (one: string, other: string): boolean => groups.get(one) !== groups.get(other);
    const keys = map.keys.map((key) => ({
      data: {
        id: `key ${key.name}`,
        name: key.name,
        source: key.from,
        target: key.to,
        action: key.action,
      },
      classes: isAcross(key.from, key.to) ? "across" : "",
    }));
    const joins = map.joins.map((join) => ({
      data: {
        id: `join ${join.from}.${join.fromField}`,
        name: join.table,
        source: join.from,
        target: join.to,
        action: "Join",
      },
      classes: isAcross(join.from, join.to) ? "across" : "",
    }));
    const known = new Set(map.models.map((model) => model.name));
    const drawn = [...keys, ...joins].filter(
      (edge) => known.has(edge.data.source) && known.has(edge.data.target),
    );
    return [...frames, ...models, ...drawn];
  }

  private put(element: ElementDefinition): void {
    const found = this.graph.getElementById(element.data.id ?? "");
    if (found.empty()) {
      this.graph.add(element);
      return;
    }
    const { parent, source, target } = element.data as Record<string, string | undefined>;
    const {
      parent: nowParent,
      source: nowSource,
      target: nowTarget,
    } = found.data() as Record<string, string | undefined>;
    if (parent !== undefined && parent !== nowParent) {
      found.move({ parent });
    } else if (source !== undefined && target !== undefined) {
      if (source !== nowSource || target !== nowTarget) {
        found.move({ source, target });
      }
    }
    // Moving puts another element of the same name into the place.
    const moved = this.graph.getElementById(element.data.id ?? "");
    moved.data(element.data);
    moved.toggleClass("across", element.classes === "across");
  }

  /** Arranges everything anew and shows all of it. */
  arrange(): void {
    if (this.map !== null && this.map.groups[0]?.isFile !== true) {
      // The groups may be old ones that were kept so that nothing moved.
      this.groupOf = new Map();
      const groups = this.keptGroups(this.map, new Map());
      this.graph.batch(() => {
        for (const element of this.elements(this.map as RelationMap, groups)) {
          this.put(element);
        }
        this.graph.nodes("[?isFrame]").forEach((frame) => {
          if (frame.children().empty()) {
            frame.remove();
          }
        });
      });
    }
    const frames = this.frames().map((frame) => ({
      id: frame.id(),
      boxes: frame.children().map((node) => ({
        id: node.id(),
        width: node.data("width") as number,
        height: NODE_HEIGHT,
      })),
    }));
    const ties = this.graph.edges().map((edge) => ({
      parent: edge.data("target") as string,
      child: edge.data("source") as string,
    }));
    const aspect = Math.min(2.4, Math.max(0.6, this.graph.width() / (this.graph.height() || 1)));
    // The more there is to see, the farther away it is seen from, and the larger titles must be.
    const titleHeight = Math.min(34, 16 + Math.sqrt(this.models().length));
    const places = arrange(frames, ties, aspect, titleHeight);
    this.graph.batch(() => {
      for (const [id, place] of places) {
        this.graph.getElementById(id).position({ ...place });
      }
    });
    this.measureFrames();
    this.fit();
  }

  /** Puts models that came below the others of their frame. */
  private placeNew(before: ReadonlyMap<string, Point>): void {
    const right = this.models()
      .filter((node) => before.has(node.id()))
      .boundingBox({}).x2;
    let top = this.graph.elements().boundingBox({}).y1;
    for (const node of this.models().toArray() as NodeSingular[]) {
      if (before.has(node.id())) {
        continue;
      }
      const settled = node
        .parent()
        .children()
        .filter((other) => before.has(other.id()) || other.scratch("_isPlaced") === true);
      const width = node.data("width") as number;
      if (settled.empty()) {
        node.position({ x: right + 90 + width / 2, y: top + 60 });
        top += 110;
      } else {
        const box = settled.boundingBox({ includeLabels: false });
        node.position({ x: box.x1 + width / 2, y: box.y2 + 12 + NODE_HEIGHT / 2 });
      }
      node.scratch("_isPlaced", true);
    }
    this.models().forEach((node) => {
      node.removeScratch("_isPlaced");
    });
    this.measureFrames();
  }

  private models(): cytoscape.NodeCollection {
    return this.graph.nodes("[!isFrame]");
  }

  private frames(): cytoscape.NodeCollection {
    return this.graph.nodes("[?isFrame]");
  }

  /** Gives titles as much room as their frames are wide. */
  private measureFrames(): void {
    this.graph.batch(() => {
      this.frames().forEach((frame) => {
        let [left, right] = [Infinity, -Infinity];
        frame.children().forEach((node) => {
          const half = (node.data("width") as number) / 2;
          left = Math.min(left, node.position().x - half);
          right = Math.max(right, node.position().x + half);
        });
        frame.data("room", Math.max(60, right - left + 2 * FRAME_PADDING));
      });
    });
  }

  // --- Marks -------------------------------------------------------------------------------------

  /** Shows what a delete does, and whom the model is related with; all else steps back. */
  showDelete(model: string, found: Delete | null): void {
    this.graph.batch(() => {
      this.clearMarks();
      const root = this.graph.getElementById(model);
      if (root.empty()) {
        return;
      }
      const effects = found === null ? new Map() : effectsByModel(found);
      const meant = new Set<string>([model, ...effects.keys()]);
      root.connectedEdges().forEach((edge) => {
        edge.addClass("near");
        meant.add(edge.data("source") as string);
        meant.add(edge.data("target") as string);
      });
      for (const [name, effect] of effects) {
        if (name !== model) {
          this.graph.getElementById(name).addClass(effect);
        }
      }
      const ways = new Set<string>();
      for (const twig of found?.twigs ?? []) {
        for (const key of [twig.key, ...twig.also]) {
          ways.add(`key ${key}`);
        }
      }
      this.graph.edges().forEach((edge) => {
        if (ways.has(edge.id())) {
          edge.addClass(ways.size > MANY_WAYS ? "way many" : "way");
        } else if (!edge.hasClass("near")) {
          edge.addClass("faded");
        }
      });
      this.models().forEach((node) => {
        node.toggleClass("faded", !meant.has(node.id()));
      });
      root.addClass("selected");
    });
  }

  /** Shows the models and relations of some fouls; all else steps back. */
  showFouls(fouls: readonly Foul[]): void {
    const models = new Set(fouls.flatMap((foul) => foul.models));
    const keys = new Set(fouls.map((foul) => `key ${foul.relation}`));
    this.graph.batch(() => {
      this.clearMarks();
      this.models().forEach((node) => {
        node.toggleClass("faded", !models.has(node.id()));
      });
      this.graph.edges().forEach((edge) => {
        edge.addClass(keys.has(edge.id()) ? "foul" : "faded");
      });
    });
  }

  showAll(): void {
    this.graph.batch(() => {
      this.clearMarks();
    });
  }

  showFound(models: readonly string[]): void {
    const found = new Set(models);
    this.graph.batch(() => {
      this.models().forEach((node) => {
        node.toggleClass("found", found.has(node.id()));
      });
    });
  }

  private clearMarks(): void {
    this.graph.elements().removeClass(`faded near way many foul selected ${EFFECT_CLASSES}`);
  }

  // --- The view ----------------------------------------------------------------------------------

  fit(): void {
    this.graph.fit(undefined, 24);
  }

  zoomBy(factor: number): void {
    const [width, height] = [this.graph.width(), this.graph.height()];
    this.graph.zoom({
      level: this.graph.zoom() * factor,
      renderedPosition: { x: width / 2, y: height / 2 },
    });
  }

  /** Moves a model into view, if it is not. */
  reveal(model: string): void {
    const node = this.graph.getElementById(model);
    if (!node.empty() && !this.isInView(node)) {
      this.graph.center(node);
    }
  }

  /** Moves everything that a delete concerns into view, near enough to be read where that fits. */
  revealDelete(model: string, found: Delete | null): void {
    const names = new Set([model, ...(found === null ? [] : effectsByModel(found).keys())]);
    const concerned = this.models().filter((node) => names.has(node.id()));
    const isSmall = this.graph.zoom() < READABLE_ZOOM;
    if (concerned.empty() || (this.isInView(concerned) && !isSmall)) {
      return;
    }
    const before = this.graph.zoom();
    this.graph.fit(concerned, 60);
    if (this.graph.zoom() > 1) {
      this.graph.zoom(Math.max(1, Math.min(before, this.graph.zoom())));
      this.graph.center(concerned);
    }
  }

  private isInView(elements: cytoscape.CollectionReturnValue): boolean {
    const box = elements.renderedBoundingBox({});
    return (
      box.x1 >= 0 && box.y1 >= 0 && box.x2 <= this.graph.width() && box.y2 <= this.graph.height()
    );
  }

  /** Returns the model nearest to another one in a direction; without one, the first of all. */
  neighbour(model: string | null, direction: Direction): string | null {
    const nodes = this.models();
    const from = model === null ? null : this.graph.getElementById(model);
    if (from === null || from.empty()) {
      return nodes.empty() ? null : (nodes[0]?.id() ?? null);
    }
    const start = from.position();
    let [best, least]: [string | null, number] = [null, Infinity];
    nodes.forEach((node) => {
      const { x, y } = node.position();
      const [across, down] = [x - start.x, y - start.y];
      const isSideways = direction === "left" || direction === "right";
      const ahead =
        (isSideways ? across : down) * (direction === "left" || direction === "up" ? -1 : 1);
      const aside = Math.abs(isSideways ? down : across);
      const cost = ahead + 2.2 * aside;
      if (ahead > 1 && cost < least && node.id() !== model) {
        [best, least] = [node.id(), cost];
      }
    });
    return best;
  }

  /** Keeps titles of frames readable however far away the picture is. */
  private fitTitles(): void {
    const wanted = 2 * Math.round(Math.min(22, Math.max(7, 6.5 / this.graph.zoom())));
    if (wanted !== this.titleSize) {
      this.titleSize = wanted;
      this.frames().style("font-size", wanted);
    }
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    this.graph.style(stylesheet(theme));
  }
}

/**
 * Keeps the library from adding a style element, which the content security policy would refuse:
 * it adds none where it finds its own. The rule in it is part of our style sheet.
 */
function forbidStyleElement(): void {
  const id = "__________cytoscape_stylesheet";
  if (document.getElementById(id) === null) {
    const own = document.createElement("template");
    own.id = id;
    document.head.append(own);
  }
}

/** Returns the worst severity that is told about each model. */
function worstByModel(fouls: readonly Foul[]): Map<string, Severity> {
  const found = new Map<string, Severity>();
  for (const foul of fouls) {
    for (const model of foul.models) {
      const before = found.get(model);
      if (before === undefined || SEVERITIES.indexOf(foul.severity) < SEVERITIES.indexOf(before)) {
        found.set(model, foul.severity);
      }
    }
  }
  return found;
}

/**
 * Returns what to write over frames, by their titles: of files what tells them apart, of areas the
 * model in their middle and how many stand around it.
 */
function shortTitles(titleOfEach: readonly string[], areFiles: boolean): Map<string, string> {
  const titles = [...new Set(titleOfEach)];
  if (!areFiles) {
    return new Map(
      titles.map((title) => {
        const others = titleOfEach.filter((each) => each === title).length - 1;
        const isArea = title.startsWith("around ") && others > 0;
        return [title, isArea ? `${title.slice("around ".length)} +${others}` : title];
      }),
    );
  }
  const folders = titles.map((title) => title.split("/").slice(0, -1));
  const first = folders[0] ?? [];
  const shared = first.findIndex((part, index) => folders.some((each) => each[index] !== part));
  const skipped = shared < 0 ? first.length : shared;
  return new Map(
    titles.map((title) => [
      title,
      title
        .split("/")
        .slice(skipped)
        .join("/")
        .replace(/\.prisma$/, ""),
    ]),
  );
}

function frameId(title: string): string {
  // No model has a space in its name.
  return `frame ${title}`;
}

function measurer(font: string): (text: string) => number {
  const context = document.createElement("canvas").getContext("2d");
  if (context === null) {
    return (text) => text.length * NODE_FONT_SIZE * 0.6;
  }
  context.font = `700 ${NODE_FONT_SIZE}px ${font}`;
  return (text) => context.measureText(text).width;
}
