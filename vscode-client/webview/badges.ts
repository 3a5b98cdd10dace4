/** The marks of fouls: a shape for each severity, so that colour is not all that tells them apart. */

import type { Severity } from "./data";
import type { Theme } from "./theme";

/** The inside of a mark in a square of 16, to be filled with the colour of its severity. */
const SHAPES: Readonly<Record<Severity, string>> = {
  error:
    '<circle cx="8" cy="8" r="7"/><path d="M5.2 5.2l5.6 5.6M10.8 5.2l-5.6 5.6" stroke="@" stroke-width="1.9" stroke-linecap="round"/>',
  warning:
    '<path d="M8 1.2L15.4 14.4H.6z" stroke-linejoin="round"/><path d="M8 6v4.2M8 12.2v.4" stroke="@" stroke-width="1.8" stroke-linecap="round"/>',
  information:
    '<rect x="1.5" y="1.5" width="13" height="13" rx="2"/><path d="M8 7.2v4.6M8 4.3v.4" stroke="@" stroke-width="1.9" stroke-linecap="round"/>',
  hint: '<path d="M8 2.6L13.4 8 8 13.4 2.6 8z"/>',
};

/** The drawing of a mark, without the SVG element around it. */
export function badgeShape(severity: Severity, theme: Theme): string {
  const shape = SHAPES[severity].replaceAll("@", theme.background);
  return `<g fill="${theme[severity]}">${shape}</g>`;
}

/** A mark as an image that needs no request. */
export function badgeImage(severity: Severity, theme: Theme): string {
  // Drawn large, since a canvas scales the pixels of an image and not its lines.
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64" viewBox="0 0 16 16">' +
    `${badgeShape(severity, theme)}</svg>`;
  return `data:image/svg+xml;utf8,${encodeURIComponent(svg)}`;
}

/** A mark as an element of the page. */
export function badgeElement(severity: Severity): SVGSVGElement {
  const holder = document.createElement("div");
  const shape = SHAPES[severity].replaceAll("@", "var(--map-background)");
  holder.innerHTML = `<svg viewBox="0 0 16 16" aria-hidden="true" focusable="false">${shape}</svg>`;
  const svg = holder.firstElementChild as SVGSVGElement;
  svg.setAttribute("class", `badge ${severity}`);
  return svg;
}
