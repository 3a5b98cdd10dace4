/** The search: a text field with a list of the models that it means, to be used by keyboard. */

import type { Model, RelationMap } from "./data";
import { element } from "./elements";

const MOST_SHOWN = 12;

export class Search {
  readonly element: HTMLElement;
  private readonly field: HTMLInputElement;
  private readonly list: HTMLElement;
  private map: RelationMap | null = null;
  private found: readonly Model[] = [];
  private active = 0;

  constructor(
    private readonly chosen: (model: string) => void,
    private readonly narrowed: (models: readonly string[]) => void,
    private readonly left: () => void,
  ) {
    this.list = element("ul", {
      id: "search-results",
      role: "listbox",
      "aria-label": "Models found",
    });
    this.list.hidden = true;
    this.field = element("input", {
      type: "text",
      role: "combobox",
      placeholder: "Search models  ( / )",
      "aria-label": "Search models and tables",
      "aria-expanded": "false",
      "aria-controls": this.list.id,
      "aria-autocomplete": "list",
      autocomplete: "off",
      spellcheck: "false",
    });
    this.element = element("div", { class: "search" }, this.field, this.list);
    this.field.addEventListener("input", () => {
      this.narrow();
    });
    this.field.addEventListener("keydown", (event) => {
      this.press(event);
    });
    this.field.addEventListener("blur", () => {
      this.close();
    });
  }

  use(map: RelationMap): void {
    this.map = map;
    if (this.field.value !== "" && document.activeElement === this.field) {
      this.narrow();
    }
  }

  focus(): void {
    this.field.focus();
    this.field.select();
  }

  private narrow(): void {
    this.found = matching(this.map?.models ?? [], this.field.value);
    this.active = 0;
    this.narrowed(this.field.value.trim() === "" ? [] : this.found.map((model) => model.name));
    this.draw();
  }

  private draw(): void {
    const shown = this.found.slice(0, MOST_SHOWN);
    const isOpen = this.field.value.trim() !== "";
    const items = shown.map((model, number) => {
      const table = model.table === model.name ? null : element("small", {}, ` ${model.table}`);
      const item = element(
        "li",
        {
          id: `found-${number}`,
          role: "option",
          "aria-selected": String(number === this.active),
        },
        model.name,
        table,
      );
      // The field would lose the focus, and close the list, before a click could end.
      item.addEventListener("mousedown", (event) => {
        event.preventDefault();
        this.choose(model);
      });
      return item;
    });
    const rest = this.found.length - shown.length;
    const note =
      shown.length === 0 ? "No model is called that." : rest > 0 ? `and ${rest} more` : "";
    this.list.replaceChildren(
      ...items,
      ...(note === "" ? [] : [element("li", { class: "note", role: "presentation" }, note)]),
    );
    this.list.hidden = !isOpen;
    this.field.setAttribute("aria-expanded", String(isOpen));
    if (isOpen && shown.length > 0) {
      this.field.setAttribute("aria-activedescendant", `found-${this.active}`);
    } else {
      this.field.removeAttribute("aria-activedescendant");
    }
  }

  private press(event: KeyboardEvent): void {
    const last = Math.min(this.found.length, MOST_SHOWN) - 1;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.active = Math.max(0, Math.min(last, this.active + step));
      this.draw();
    } else if (event.key === "Enter") {
      const model = this.found[this.active];
      if (model !== undefined) {
        this.choose(model);
      }
    } else if (event.key === "Escape") {
      this.field.value = "";
      this.narrow();
      this.left();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  private choose(model: Model): void {
    this.field.value = "";
    this.narrow();
    this.chosen(model.name);
    this.left();
  }

  private close(): void {
    this.list.hidden = true;
    this.field.setAttribute("aria-expanded", "false");
    this.field.removeAttribute("aria-activedescendant");
  }
}

/** Returns the models whose name or table has the words in it; those that begin so come first. */
export function matching(models: readonly Model[], text: string): Model[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") {
    return [];
  }
  const rank = (model: Model): number => {
    const [name, table] = [model.name.toLowerCase(), model.table.toLowerCase()];
    if (name === wanted) {
      return 0;
    }
    if (name.startsWith(wanted)) {
      return 1;
    }
    if (name.includes(wanted)) {
      return 2;
    }
    return table.includes(wanted) ? 3 : Infinity;
  };
  return models
    .map((model) => ({ model, rank: rank(model) }))
    .filter((each) => each.rank < Infinity)
    .sort((one, other) => one.rank - other.rank)
    .map((each) => each.model);
}
