/**
 * Where models stand: dagre arranges each group from parents on the left to children on the right,
 * and the groups are packed close to those that they are connected with.
 */

import { Graph, layout } from "@dagrejs/dagre";

export interface Box {
  readonly id: string;
  readonly width: number;
  readonly height: number;
}

export interface Frame {
  readonly id: string;
  readonly boxes: readonly Box[];
}

export interface Tie {
  readonly parent: string;
  readonly child: string;
}

/** The middle of a box. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

interface Sized extends Size {
  /** Middles of boxes, from the top left corner. */
  readonly places: ReadonlyMap<string, Point>;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

interface Rectangle extends Point, Size {}

const BETWEEN_BOXES = 10;
const BETWEEN_LAYERS = 40;
const BETWEEN_PARTS = 16;
const BETWEEN_FRAMES = 22;
/** Room of a frame around its boxes. */
export const FRAME_PADDING = 14;
/** Children that hang on one parent alone stand in columns of about this many. */ /** Children that hang on one parent alone stand in columns of about this many. */
const TALLEST_COLUMN = 6;

/**
 * Returns the middle of every box. `aspect` is the width of the picture by its height,
 * `titleHeight` the room for a title above each frame.
 */
export function arrange(
  frames: readonly Frame[],
  ties: readonly Tie[],
  aspect: number,
  titleHeight: number,
): Map<string, Point> {
  const frameOf = new Map<string, number>();
  frames.forEach((frame, number) => {
    for (const box of frame.boxes) {
      frameOf.set(box.id, number);
    }
  });
  const inside: Tie[][] = frames.map(() => []);
  const between: Map<number, number>[] = frames.map(() => new Map<number, number>());
  for (const tie of ties) {
    const [one, other] = [frameOf.get(tie.parent), frameOf.get(tie.child)];
    if (one === undefined || other === undefined) {
      continue;
    }
    if (one === other) {
      inside[one]?.push(tie);
    } else {
      between[one]?.set(other, (between[one]?.get(other) ?? 0) + 1);
      between[other]?.set(one, (between[other]?.get(one) ?? 0) + 1);
    }
  }
  const sized = frames.map((frame, number) => arrangeFrame(frame.boxes, inside[number] ?? []));
  const sizes = sized.map((frame) => ({
    width: frame.width + 2 * FRAME_PADDING + BETWEEN_FRAMES,
    height: frame.height + 2 * FRAME_PADDING + titleHeight + BETWEEN_FRAMES,
  }));
  const corners = bestPacking(sizes, between, aspect);
  const places = new Map<string, Point>();
  sized.forEach((frame, number) => {
    const corner = corners[number];
    if (corner !== undefined) {
      for (const [id, place] of frame.places) {
        places.set(id, {
          x: corner.x + FRAME_PADDING + place.x,
          y: corner.y + titleHeight + FRAME_PADDING + place.y,
        });
      }
    }
  });
  return places;
}

// --- Inside a frame ------------------------------------------------------------------------------

/** Arranges the connected parts of a frame one by one, and those that stand alone in a grid. */
function arrangeFrame(boxes: readonly Box[], ties: readonly Tie[]): Sized {
  const parts = connectedParts(boxes, ties);
  const alone = parts.filter((part) => part.length === 1).flat();
  const sized = parts
    .filter((part) => part.length > 1)
    .map((part) => {
      const ids = new Set(part.map((box) => box.id));
      return arrangePart(
        part,
        ties.filter((tie) => ids.has(tie.child)),
      );
    });
  if (alone.length > 0) {
    sized.push(grid(alone, Math.ceil(Math.sqrt(alone.length * 2.5))));
  }
  return inRows(sized);
}

function connectedParts(boxes: readonly Box[], ties: readonly Tie[]): Box[][] {
  const neighbours = new Map<string, string[]>(boxes.map((box) => [box.id, []]));
  for (const tie of ties) {
    neighbours.get(tie.parent)?.push(tie.child);
    neighbours.get(tie.child)?.push(tie.parent);
  }
  const byId = new Map(boxes.map((box) => [box.id, box]));
  const seen = new Set<string>();
  const parts: Box[][] = [];
  for (const box of boxes) {
    if (seen.has(box.id)) {
      continue;
    }
    seen.add(box.id);
    const part = [box];
    for (const each of part) {
      for (const neighbour of neighbours.get(each.id) ?? []) {
        const found = byId.get(neighbour);
        if (found !== undefined && !seen.has(neighbour)) {
          seen.add(neighbour);
          part.push(found);
        }
      }
    }
    parts.push(part);
  }
  return parts;
}

/** Arranges connected boxes in layers; many leaves of one parent become one block of columns. */
function arrangePart(boxes: readonly Box[], ties: readonly Tie[]): Sized {
  const blocks = blocksOfLeaves(boxes, ties);
  const blockOf = new Map<string, string>();
  const arranged = new Map<string, Sized>();
  for (const [parent, leaves] of blocks) {
    const id = `block of ${parent}`;
    arranged.set(id, grid(leaves, Math.ceil(leaves.length / TALLEST_COLUMN)));
    for (const leaf of leaves) {
      blockOf.set(leaf.id, id);
    }
  }
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: "LR", nodesep: BETWEEN_BOXES, ranksep: BETWEEN_LAYERS });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const box of boxes) {
    if (!blockOf.has(box.id)) {
      graph.setNode(box.id, { width: box.width, height: box.height });
    }
  }
  for (const [id, block] of arranged) {
    graph.setNode(id, { width: block.width, height: block.height });
  }
  ties.forEach((tie, number) => {
    if (tie.parent !== tie.child) {
      const child = blockOf.get(tie.child) ?? tie.child;
      graph.setEdge(tie.parent, child, {}, String(number));
    }
  });
  layout(graph);
  const places = new Map<string, Point>();
  for (const id of graph.nodes()) {
    const node = graph.node(id) as unknown as Rectangle;
    const block = arranged.get(id);
    if (block === undefined) {
      places.set(id, { x: node.x, y: node.y });
    } else {
      for (const [leaf, place] of block.places) {
        const x = node.x - block.width / 2 + place.x;
        places.set(leaf, { x, y: node.y - block.height / 2 + place.y });
      }
    }
  }
  return cut(boxes, places);
}

/** The children of a parent that have no other tie here, where they are too many for a column. */
function blocksOfLeaves(boxes: readonly Box[], ties: readonly Tie[]): Map<string, Box[]> {
  const tiesOf = new Map<string, Set<string>>(boxes.map((box) => [box.id, new Set()]));
  const children = new Set<string>();
  for (const tie of ties) {
    tiesOf.get(tie.parent)?.add(tie.child);
    tiesOf.get(tie.child)?.add(tie.parent);
    children.add(tie.child);
  }
  const leaves = new Map<string, Box[]>();
  for (const box of boxes) {
    const around = tiesOf.get(box.id);
    const [parent] = around ?? [];
    if (around?.size === 1 && parent !== undefined && children.has(box.id)) {
      leaves.set(parent, [...(leaves.get(parent) ?? []), box]);
    }
  }
  for (const [parent, found] of leaves) {
    if (found.length <= TALLEST_COLUMN) {
      leaves.delete(parent);
    }
  }
  return leaves;
}

function grid(boxes: readonly Box[], columns: number): Sized {
  const places = new Map<string, Point>();
  const rows = Math.ceil(boxes.length / columns);
  let left = 0;
  let bottom = 0;
  for (let column = 0; column < columns; column++) {
    const here = boxes.slice(column * rows, (column + 1) * rows);
    const width = Math.max(0, ...here.map((box) => box.width));
    let top = 0;
    for (const box of here) {
      places.set(box.id, { x: left + box.width / 2, y: top + box.height / 2 });
      top += box.height + BETWEEN_BOXES;
    }
    left += width + BETWEEN_BOXES;
    bottom = Math.max(bottom, top - BETWEEN_BOXES);
  }
  return { width: left - BETWEEN_BOXES, height: bottom, places };
}

/** Moves places so that the boxes begin at the top left corner. */
function cut(boxes: readonly Box[], places: ReadonlyMap<string, Point>): Sized {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const box of boxes) {
    const place = places.get(box.id) ?? { x: 0, y: 0 };
    left = Math.min(left, place.x - box.width / 2);
    right = Math.max(right, place.x + box.width / 2);
    top = Math.min(top, place.y - box.height / 2);
    bottom = Math.max(bottom, place.y + box.height / 2);
  }
  const moved = [...places].map(
    ([id, place]) => [id, { x: place.x - left, y: place.y - top }] as const,
  );
  return { width: right - left, height: bottom - top, places: new Map(moved) };
}

function inRows(parts: readonly Sized[]): Sized {
  const area = parts.reduce(
    (sum, part) => sum + (part.width + BETWEEN_PARTS) * (part.height + BETWEEN_PARTS),
    0,
  );
  const widest = Math.max(Math.sqrt(area * 1.5), ...parts.map((part) => part.width));
  const places = new Map<string, Point>();
  let [left, top, rowHeight, width] = [0, 0, 0, 0];
  for (const part of [...parts].sort((one, other) => other.height - one.height)) {
    if (left > 0 && left + part.width > widest) {
      top += rowHeight + BETWEEN_PARTS;
      [left, rowHeight] = [0, 0];
    }
    for (const [id, place] of part.places) {
      places.set(id, { x: left + place.x, y: top + place.y });
    }
    left += part.width + BETWEEN_PARTS;
    rowHeight = Math.max(rowHeight, part.height);
    width = Math.max(width, left - BETWEEN_PARTS);
  }
  return { width, height: top + rowHeight, places };
}

// --- Frames --------------------------------------------------------------------------------------

/** Returns the top left corner of each frame, by the shape for which the picture is largest. */
function bestPacking(
  sizes: readonly Size[],
  between: readonly ReadonlyMap<number, number>[],
  aspect: number,
): Point[] {
  let best: Point[] = [];
  let least = Infinity;
  for (const stretch of STRETCHES) {
    const corners = packFrames(sizes, between, aspect * stretch);
    const [width, height] = extent(corners, sizes);
    const reach = Math.max(width / aspect, height);
    if (reach < least) {
      [best, least] = [corners, reach];
    }
  }
  return best;
}

const STRETCHES = [1, 0.75, 0.85, 1.15, 1.3, 1.5];

function extent(corners: readonly Point[], sizes: readonly Size[]): [number, number] {
  const right = corners.map((corner, number) => corner.x + (sizes[number]?.width ?? 0));
  const bottom = corners.map((corner, number) => corner.y + (sizes[number]?.height ?? 0));
  return [
    Math.max(...right) - Math.min(...corners.map((corner) => corner.x)),
    Math.max(...bottom) - Math.min(...corners.map((corner) => corner.y)),
  ];
}

/**
 * Returns the top left corner of each frame: the largest stands in the middle, and each further
 * one at a corner of one that stands already, close to the middle and to what it is connected with.
 */
function packFrames(
  sizes: readonly Size[],
  between: readonly ReadonlyMap<number, number>[],
  aspect: number,
): Point[] {
  const order = sizes
    .map((_, number) => number)
    .sort((one, other) => areaOf(sizes[other]) - areaOf(sizes[one]) || one - other);
  const placed = new Map<number, Rectangle>();
  for (const number of order) {
    const size = sizes[number] ?? { width: 0, height: 0 };
    const ties = between[number] ?? new Map<number, number>();
    let best: Rectangle = { x: -size.width / 2, y: -size.height / 2, ...size };
    let least = Infinity;
    for (const corner of placed.size === 0 ? [] : cornersAround(placed.values(), size)) {
      const candidate = { ...corner, ...size };
      const cost = costOf(candidate, placed, ties, aspect);
      if (cost < least && !overlapsAny(candidate, placed.values())) {
        [best, least] = [candidate, cost];
      }
    }
    placed.set(number, best);
  }
  return sizes.map((_, number) => placed.get(number) ?? { x: 0, y: 0 });
}

function areaOf(size: Size | undefined): number {
  return size === undefined ? 0 : size.width * size.height;
}

function* cornersAround(placed: Iterable<Rectangle>, size: Size): Generator<Point> {
  for (const { x, y, width, height } of placed) {
    const [right, bottom] = [x + width, y + height];
    for (const top of [y, bottom - size.height]) {
      yield { x: right, y: top };
      yield { x: x - size.width, y: top };
    }
    for (const left of [x, right - size.width]) {
      yield { x: left, y: bottom };
      yield { x: left, y: y - size.height };
    }
  }
}

function overlapsAny(one: Rectangle, others: Iterable<Rectangle>): boolean {
  for (const other of others) {
    if (
      one.x < other.x + other.width - 0.5 &&
      other.x < one.x + one.width - 0.5 &&
      one.y < other.y + other.height - 0.5 &&
      other.y < one.y + one.height - 0.5
    ) {
      return true;
    }
  }
  return false;
}

function costOf(
  frame: Rectangle,
  placed: ReadonlyMap<number, Rectangle>,
  ties: ReadonlyMap<number, number>,
  aspect: number,
): number {
  const x = frame.x + frame.width / 2;
  const y = frame.y + frame.height / 2;
  // The farthest edge decides how large the picture becomes.
  const reach = Math.max(
    (Math.abs(x) + frame.width / 2) / Math.sqrt(aspect),
    (Math.abs(y) + frame.height / 2) * Math.sqrt(aspect),
  );
  let [pull, weights] = [0, 0];
  for (const [number, count] of ties) {
    const other = placed.get(number);
    if (other !== undefined) {
      const weight = Math.sqrt(count);
      const across = x - other.x - other.width / 2;
      pull += weight * Math.hypot(across, y - other.y - other.height / 2);
      weights += weight;
    }
  }
  return reach + (weights > 0 ? (0.12 * pull) / weights : 0);
}
