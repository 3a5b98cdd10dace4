/** The picture as it stands, as an SVG document: lines and words, not pixels. */

import type { Core, EdgeSingular, NodeSingular } from "cytoscape";

import { badgeShape } from "./badges";
import type { Severity } from "./data";
import { BADGE_SIZE } from "./styles";
import type { Theme } from "./theme";

const MARGIN = 20;
const ARROW = 8;

export function pictureAsSvg(graph: Core, theme: Theme, title: string): string {
  const box = graph.elements().boundingBox({});
  const [x, y] = [box.x1 - MARGIN, box.y1 - MARGIN];
  const [width, height] = [box.w + 2 * MARGIN, box.h + 2 * MARGIN];
  const frames = graph.nodes("[?isFrame]").map((frame) => frameAsSvg(frame));
  const edges = graph.edges().map((edge) => edgeAsSvg(edge));
  const nodes = graph.nodes("[!isFrame]").map((node) => nodeAsSvg(node, theme));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" width="${short(width)}" height="${short(height)}" ` +
      `viewBox="${short(x)} ${short(y)} ${short(width)} ${short(height)}" font-family="${escaped(theme.font)}">`,
    `<title>${escaped(title)}</title>`,
    `<rect x="${short(x)}" y="${short(y)}" width="${short(width)}" height="${short(height)}" fill="${theme.background}"/>`,
    ...frames,
    ...edges,
    ...nodes,
    "</svg>",
    "",
  ].join("\n");
}

function frameAsSvg(frame: NodeSingular): string {
  const box = frame.boundingBox({ includeLabels: false, includeOverlays: false });
  const size = numberIn(frame, "font-size");
  const label = String(frame.data("label"));
  return (
    rectangle(box, frame, 9) +
    `<text x="${short((box.x1 + box.x2) / 2)}" y="${short(box.y1 - 5)}" text-anchor="middle" ` +
    `font-size="${size}" font-weight="600" fill="${frame.style("color") as string}">${escaped(label)}</text>`
  );
}

function nodeAsSvg(node: NodeSingular, theme: Theme): string {
  const box = node.boundingBox({
    includeLabels: false,
    includeOverlays: false,
    includeUnderlays: false,
  });
  const { x, y } = node.position();
  const severity = node.data("severity") as Severity | "none";
  const shift = Number(node.data("shift"));
  const size = numberIn(node, "font-size");
  const badge =
    severity === "none"
      ? ""
      : `<g transform="translate(${short(box.x2 - BADGE_SIZE - 7)} ${short(y - BADGE_SIZE / 2)}) ` +
        `scale(${BADGE_SIZE / 16})">${badgeShape(severity, theme)}</g>`;
  return (
    `<g opacity="${short(node.effectiveOpacity())}">${rectangle(box, node, 5)}` +
    `<text x="${short(x + shift)}" y="${short(y + size * 0.36)}" text-anchor="middle" font-size="${size}" ` +
    `font-weight="${node.style("font-weight") as string}" fill="${node.style("color") as string}">` +
    `${escaped(String(node.data("label")))}</text>${badge}</g>`
  );
}

function rectangle(
  box: { x1: number; y1: number; w: number; h: number },
  node: NodeSingular,
  radius: number,
): string {
  const borderStyle = node.style("border-style") as string;
  const line = numberIn(node, "border-width");
  const dashes = { dashed: "6 4", dotted: "2 3" }[borderStyle];
  const stroke = node.style("border-color") as string;
  const shape = (inset: number): string =>
    `x="${short(box.x1 + inset)}" y="${short(box.y1 + inset)}" ` +
    `width="${short(box.w - 2 * inset)}" height="${short(box.h - 2 * inset)}" rx="${radius}"`;
  const isDouble = borderStyle === "double";
  const drawn = isDouble ? line / 3 : line;
  const inner = isDouble
    ? `<rect ${shape(line)} fill="none" stroke="${stroke}" stroke-width="${short(drawn)}"/>`
    : "";
  return (
    `<rect ${shape(line / 2)} fill="${node.style("background-color") as string}" ` +
    `fill-opacity="${short(numberIn(node, "background-opacity"))}" stroke="${stroke}" ` +
    `stroke-width="${short(drawn)}"${dashes === undefined ? "" : ` stroke-dasharray="${dashes}"`}/>${inner}`
  );
}

function edgeAsSvg(edge: EdgeSingular): string {
  const [from, to] = [edge.sourceEndpoint(), edge.targetEndpoint()];
  // What the library knows of bends: control points of curves, none for straight lines.
  const bends = edge.controlPoints() ?? [];
  let path = `M${short(from.x)} ${short(from.y)}`;
  let before = from;
  if (bends.length === 0) {
    path += `L${short(to.x)} ${short(to.y)}`;
  }
  bends.forEach((bend, index) => {
    const next = bends[index + 1];
    const end = next === undefined ? to : { x: (bend.x + next.x) / 2, y: (bend.y + next.y) / 2 };
    path += `Q${short(bend.x)} ${short(bend.y)} ${short(end.x)} ${short(end.y)}`;
    before = bend;
  });
  const colour = edge.style("line-color") as string;
  const width = numberIn(edge, "width");
  const isDashed = (edge.style("line-style") as string) === "dashed";
  const dashes = isDashed
    ? ` stroke-dasharray="${String(edge.style("line-dash-pattern")).replaceAll("px", "").replaceAll(",", " ")}"`
    : "";
  const angle = (Math.atan2(to.y - before.y, to.x - before.x) * 180) / Math.PI;
  const place = `transform="translate(${short(to.x)} ${short(to.y)}) rotate(${short(angle)})"`;
  const ends: Readonly<Record<string, string>> = {
    triangle: `<path ${place} d="M1 0L${-ARROW} ${-ARROW / 2}V${ARROW / 2}z" fill="${colour}"/>`,
    tee: `<path ${place} d="M0 ${-ARROW / 2}V${ARROW / 2}" stroke="${colour}" stroke-width="3"/>`,
  };
  const end = ends[edge.style("target-arrow-shape") as string] ?? "";
  return (
    `<g opacity="${short(edge.effectiveOpacity())}"><title>${escaped(String(edge.data("name")))}</title>` +
    `<path d="${path}" fill="none" stroke="${colour}" stroke-width="${short(width)}"${dashes}/>${end}</g>`
  );
}

function numberIn(element: NodeSingular | EdgeSingular, property: string): number {
  return Number.parseFloat(String(element.style(property))) || 0;
}

function short(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
