/** The colours of the picture, as the style sheet says them for the theme that counts now. */

const NAMES = [
  "background",
  "foreground",
  "muted",
  "node",
  "node-border",
  "frame",
  "frame-border",
  "accent",
  "cascade",
  "restrict",
  "no-action",
  "set-null",
  "set-default",
  "join",
  "error",
  "warning",
  "information",
  "hint",
] as const;

export type ColourName = (typeof NAMES)[number];
export type Theme = Readonly<Record<ColourName, string>> & { readonly font: string };

/** Reads the colours as a canvas takes them: without variables, and without transparency. */
export function readTheme(element: HTMLElement): Theme {
  const probe = element.ownerDocument.createElement("span");
  probe.hidden = true;
  element.append(probe);
  const canvas = element.ownerDocument.createElement("canvas");
  const context = canvas.getContext("2d", {
    willReadFrequently: true,
  });
  const read = (name: ColourName, below: string): string => {
    probe.style.color = "";
    probe.style.color = `var(--map-${name})`;
    const colour = getComputedStyle(probe).color;
    if (context === null) {
      return colour;
    }
    for (const each of [below, colour]) {
      context.fillStyle = each;
      context.fillRect(0, 0, 1, 1);
    }
    const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data;
    return `rgb(${red}, ${green}, ${blue})`;
  };
  const background = read("background", "white");
  const found = Object.fromEntries(NAMES.map((name) => [name, read(name, background)]));
  const font = getComputedStyle(probe).fontFamily;
  probe.remove();
  return { ...(found as Record<ColourName, string>), font };
}

/** Calls back when the theme of the editor, or of the system, becomes another one. */
export function watchTheme(changed: () => void): void {
  const observer = new MutationObserver(changed);
  const wanted = { attributes: true, attributeFilter: ["class", "style"] };
  observer.observe(document.documentElement, wanted);
  observer.observe(document.body, wanted);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
}
