/** How the picture looks: one rule for each kind of thing and each thing that is shown about it. */

import type { StylesheetJson } from "cytoscape";

import { FRAME_PADDING } from "./arranging";
import { badgeImage } from "./badges";
import { SEVERITIES } from "./data";
import type { Action } from "./data";
import type { ColourName, Theme } from "./theme";

/** Lines differ in their dashes and ends too, so that nobody has to tell colours apart. */
export interface LineLook {
  readonly colour: ColourName;
  readonly dashes: readonly number[];
  readonly end: "triangle" | "tee" | "none";
  readonly meaning: string;
}

export const LINES: Readonly<Record<Action | "Join", LineLook>> = {
  Cascade: { colour: "cascade", dashes: [], end: "triangle", meaning: "rows go too" },
  SetNull: { colour: "set-null", dashes: [7, 4], end: "triangle", meaning: "key becomes NULL" },
  SetDefault: {
    colour: "set-default",
    dashes: [2, 3],
    end: "triangle",
    meaning: "key becomes its default",
  },
  Restrict: { colour: "restrict", dashes: [], end: "tee", meaning: "delete is refused" },
  NoAction: { colour: "no-action", dashes: [9, 3, 2, 3], end: "tee", meaning: "checked, refused" },
  Join: { colour: "join", dashes: [1, 3], end: "none", meaning: "join table" },
};

export const NODE_HEIGHT = 26;
export const NODE_FONT_SIZE = 13;
export const BADGE_SIZE = 14;
export const TITLE_SIZE = 14;

/** How strongly what is not meant is drawn while something else is. */
const FADED = 0.14;
/** Relations between groups are many and long; they stay in the background until asked about. */
const ACROSS = 0.2;

export function stylesheet(theme: Theme): StylesheetJson {
  const rules: StylesheetJson = [
    {
      selector: "node[!isFrame]",
      style: {
        shape: "round-rectangle",
        "corner-radius": "5",
        width: "data(width)",
        height: NODE_HEIGHT,
        label: "data(label)",
        color: theme.foreground,
        "font-family": theme.font,
        "font-size": NODE_FONT_SIZE,
        "min-zoomed-font-size": 4,
        "text-valign": "center",
        "text-margin-x": "data(shift)" as unknown as number,
        "background-color": theme.node,
        "border-color": theme["node-border"],
        "border-width": 1,
        "overlay-opacity": 0,
      },
    },
    {
      selector: "node[?isFrame]",
      style: {
        shape: "round-rectangle",
        "corner-radius": "9",
        label: "data(label)",
        "font-family": theme.font,
        "border-width": 1,
        "overlay-opacity": 0,
        "min-zoomed-font-size": 4,
        color: theme.muted,
        "background-color": theme.frame,
        "background-opacity": 1,
        "border-color": theme["frame-border"],
        "text-valign": "top",
        "text-halign": "center",
        "text-margin-y": -3,
        "font-size": TITLE_SIZE,
        "font-weight": 600,
        "text-wrap": "ellipsis",
        "text-max-width": "data(room)" as unknown as string,
        padding: `${FRAME_PADDING}px`,
        "min-width": "60px",
      },
    },
    {
      selector: "edge",
      style: {
        "curve-style": "bezier",
        "control-point-step-size": 26,
        "arrow-scale": 0.8,
        width: 1.4,
        opacity: 0.9,
        "overlay-opacity": 0,
        "loop-direction": "-90deg",
        "loop-sweep": "50deg",
      },
    },
    { selector: "edge.across", style: { opacity: ACROSS, width: 1.1 } },
  ];
  for (const [action, look] of Object.entries(LINES)) {
    rules.push({
      selector: `edge[action = "${action}"]`,
      style: {
        "line-color": theme[look.colour],
        "target-arrow-color": theme[look.colour],
        "target-arrow-shape": look.end,
        ...(look.dashes.length > 0
          ? { "line-style": "dashed" as const, "line-dash-pattern": [...look.dashes] }
          : {}),
      },
    });
  }
  for (const severity of SEVERITIES) {
    rules.push({
      selector: `node[severity = "${severity}"]`,
      style: {
        "background-image": badgeImage(severity, theme),
        "background-fit": "none",
        "background-clip": "none",
        "background-width": `${BADGE_SIZE}px`,
        "background-height": `${BADGE_SIZE}px`,
        "background-position-x": "100%",
        "background-offset-x": -6,
        "background-image-opacity": 1,
      },
    });
  }
  rules.push(
    { selector: ".faded", style: { opacity: FADED } },
    { selector: "edge.faded", style: { opacity: 0.07 } },
    { selector: "edge.near", style: { opacity: 0.95, width: 1.6, "z-index": 5 } },
    { selector: "edge.way", style: { opacity: 1, width: 2.6, "z-index": 8 } },
    { selector: "edge.many", style: { width: 1.4, opacity: 0.75 } },
    { selector: "edge.foul", style: { opacity: 1, width: 2.6, "z-index": 8 } },
    {
      selector: "node.removes",
      style: {
        "background-color": blend(theme.cascade, theme.background, 0.3),
        "border-color": theme.cascade,
        "border-width": 2,
      },
    },
    {
      selector: "node.clears",
      style: {
        "background-color": blend(theme["set-null"], theme.background, 0.16),
        "border-color": theme["set-null"],
        "border-style": "dashed",
        "border-width": 2,
      },
    },
    {
      selector: "node.resets",
      style: {
        "background-color": blend(theme["set-default"], theme.background, 0.16),
        "border-color": theme["set-default"],
        "border-style": "dotted",
        "border-width": 2.5,
      },
    },
    {
      selector: "node.refuses, node.may-refuse",
      style: {
        "background-color": blend(theme.restrict, theme.background, 0.2),
        "border-color": theme.restrict,
        "border-style": "double",
        "border-width": 4.5,
      },
    },
    { selector: "node.may-refuse", style: { "background-opacity": 0.5 } },
    {
      selector: "node.selected",
      style: {
        "background-color": theme.accent,
        color: theme.background,
        "border-color": theme.foreground,
        "border-width": 2,
        "font-weight": 700,
        "z-index": 10,
      },
    },
    {
      selector: "node.found",
      style: {
        "underlay-color": theme.accent,
        "underlay-opacity": 0.35,
        "underlay-padding": 6,
        "underlay-shape": "round-rectangle",
      },
    },
  );
  return rules;
}

/** Lays a part of one colour over another; both as `rgb(…)`. */
function blend(over: string, below: string, part: number): string {
  const [one, other] = [numbersIn(over), numbersIn(below)];
  const mixed = one.map((each, index) =>
    Math.round(each * part + (other[index] ?? 0) * (1 - part)),
  );
  return `rgb(${mixed.join(", ")})`;
}

function numbersIn(colour: string): number[] {
  return (colour.match(/\d+/g) ?? []).map(Number);
}
