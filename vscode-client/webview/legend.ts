/** The legend: what lines, boxes and marks mean. */

import { badgeElement } from "./badges";
import { SEVERITIES } from "./data";
import { element } from "./elements";
import { LINES } from "./styles";
import type { LineLook } from "./styles";

const EFFECTS = [
  ["selected", "deleted row"],
  ["removes", "rows removed"],
  ["clears", "key to NULL"],
  ["resets", "key to default"],
  ["refuses", "refuses"],
] as const;

export function legend(): HTMLElement {
  const lines = Object.entries(LINES).map(([action, look]) =>
    element("li", { title: look.meaning }, sample(look), action === "Join" ? "join table" : action),
  );
  const effects = EFFECTS.map(([effect, meaning]) =>
    element("li", {}, element("span", { class: `sample ${effect}` }), meaning),
  );
  const marks = SEVERITIES.map((severity) => element("li", {}, badgeElement(severity), severity));
  return element(
    "footer",
    { class: "legend", "aria-label": "Legend" },
    part("On a delete", lines),
    part("Chosen model", effects),
    part("Findings", marks),
  );
}

function part(title: string, items: readonly HTMLLIElement[]): HTMLElement {
  return element(
    "div",
    {},
    element("b", {}, title),
    element("ul", { "aria-label": title }, ...items),
  );
}

function sample(look: LineLook): SVGSVGElement {
  const namespace = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(namespace, "svg");
  svg.setAttribute("viewBox", "0 0 44 10");
  svg.setAttribute("class", "line");
  svg.setAttribute("aria-hidden", "true");
  const colour = `var(--map-${look.colour})`;
  const line = document.createElementNS(namespace, "path");
  line.setAttribute("d", `M2 5H${look.end === "none" ? 42 : 36}`);
  line.setAttribute("stroke", colour);
  line.setAttribute("stroke-width", "2");
  line.setAttribute("stroke-dasharray", look.dashes.join(" "));
  svg.append(line);
  if (look.end !== "none") {
    const end = document.createElementNS(namespace, "path");
    end.setAttribute("d", look.end === "tee" ? "M36 0h3v10h-3z" : "M42 5L34 1V9z");
    end.setAttribute("fill", colour);
    svg.append(end);
  }
  return svg;
}
