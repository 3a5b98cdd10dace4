/** The relation map: puts the picture, the tools above it and the column beside it together. */

import type { RelationMap } from "./data";
import type { Delete } from "./deletes";
import { button, counted, element } from "./elements";
import { chosenFouls, fillFilter, NO_FILTER } from "./filter";
import { hostOfThisPage } from "./host";
import type { Host } from "./host";
import { legend } from "./legend";
import { deleteAsMermaid, mapAsMermaid } from "./mermaid";
import { Picture } from "./picture";
import type { Direction } from "./picture";
import { Search } from "./search";
import { modelDetails, overview } from "./side";
import type { Doors } from "./side";
import { pictureAsSvg } from "./svg";
import { readTheme, watchTheme } from "./theme";

const ARROWS: Readonly<Record<string, Direction>> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
};

class RelationMapView {
  private readonly picture: Picture;
  private readonly search: Search;
  private readonly filter: HTMLSelectElement;
  private readonly title = element("h1", {}, "Relations");
  private readonly stage = element("div", {
    class: "picture",
    tabindex: "0",
    role: "application",
    "aria-roledescription": "map of relations",
    "aria-label":
      "Map of the relations. Arrow keys move from model to model, Enter opens the source, " +
      "Escape lets go, slash searches, plus and minus zoom, 0 shows everything.",
  });
  private readonly side = element("aside", { class: "side", "aria-label": "Details" });
  private readonly spoken = element("div", { class: "spoken", "aria-live": "polite" });
  private readonly pointed = element("div", { class: "pointed", "aria-hidden": "true" });
  private readonly doors: Doors;
  private map: RelationMap | null = null;
  private schema = "schema";
  private chosen: string | null = null;
  private shownDelete: Delete | null = null;

  constructor(
    private readonly root: HTMLElement,
    private readonly host: Host,
  ) {
    this.search = new Search(
      (model) => {
        this.choose(model);
      },
      (models) => {
        this.picture.showFound(models);
      },
      () => {
        this.stage.focus();
      },
    );
    this.filter = element("select", { "aria-label": "Show models with findings", class: "filter" });
    this.filter.addEventListener("change", () => {
      this.let();
    });
    const canvas = element("div", { class: "canvas" });
    this.stage.append(canvas);
    this.root.append(
      this.toolbar(),
      element(
        "div",
        { class: "body" },
        element("div", { class: "stage" }, this.stage, this.pointed),
        this.side,
      ),
      legend(),
      this.spoken,
    );
    this.doors = {
      choose: (model) => {
        this.choose(model);
      },
      filter: (choice) => {
        this.filter.value = choice;
        this.let();
      },
      open: host.open === null ? null : (at) => host.open?.(at),
    };
    this.picture = new Picture(canvas, readTheme(this.root), (model) => {
      this.stage.focus();
      if (model === null) {
        this.let();
      } else {
        this.choose(model, "model");
      }
    });
    this.watch();
  }

  listen(): void {
    this.host.listen({
      show: (title, map) => {
        this.show(title, map);
      },
      select: (model) => {
        this.choose(model);
      },
      wait: (sentence) => {
        if (this.map === null) {
          this.side.replaceChildren(element("p", { class: "hint" }, sentence));
        }
      },
    });
  }

  // --- What is shown -----------------------------------------------------------------------------

  private show(title: string, map: RelationMap): void {
    this.schema = title;
    this.title.textContent = title;
    this.map = map;
    this.picture.show(map);
    this.search.use(map);
    fillFilter(this.filter, map.fouls);
    const isThere = map.models.some((model) => model.name === this.chosen);
    this.root.dataset["models"] = String(map.models.length);
    if (this.chosen !== null && isThere) {
      void this.showChosen(this.chosen);
    } else {
      this.let();
    }
  }

  /** Chooses a model; the view follows to all that its delete concerns, or just to the model. */
  private choose(model: string, follows: "delete" | "model" = "delete"): void {
    if (this.map === null || !this.map.models.some((each) => each.name === model)) {
      return;
    }
    this.chosen = model;
    if (follows === "model") {
      this.picture.reveal(model);
    }
    void this.showChosen(model, follows === "delete");
  }

  /** Shows the chosen model at once, and what deleting it does when that is known. */
  private async showChosen(model: string, follows = false): Promise<void> {
    if (this.shownDelete?.root !== model) {
      this.draw(model, null);
    }
    const map = this.map;
    const found = await this.host.askDelete(model);
    // Meanwhile another model may have been chosen, or the schema may have changed.
    if (this.chosen === model && this.map === map) {
      this.draw(model, found);
      if (follows) {
        this.picture.revealDelete(model, found);
      }
      this.spoken.textContent = found === null ? model : found.summary.replaceAll("`", "");
    }
  }

  private draw(name: string, found: Delete | null): void {
    const model = this.map?.models.find((each) => each.name === name);
    if (this.map === null || model === undefined) {
      return;
    }
    this.shownDelete = found;
    this.picture.showDelete(name, found);
    const scrolled = this.root.dataset["chosen"] === name ? this.side.scrollTop : 0;
    this.side.replaceChildren(...modelDetails(model, this.map, found, this.doors));
    this.side.scrollTop = scrolled;
    this.root.dataset["chosen"] = name;
    this.root.dataset["deleted"] = found?.root ?? "";
  }

  /** Lets the chosen model go, and shows what the filter lets through. */
  private let(): void {
    this.chosen = null;
    this.shownDelete = null;
    delete this.root.dataset["chosen"];
    delete this.root.dataset["deleted"];
    if (this.map === null) {
      return;
    }
    const fouls = chosenFouls(this.map.fouls, this.filter.value);
    if (fouls === null) {
      this.picture.showAll();
    } else {
      this.picture.showFouls(fouls);
      this.spoken.textContent = counted(fouls.length, "finding");
    }
    this.side.replaceChildren(...overview(this.map, fouls, this.doors));
    this.side.scrollTop = 0;
  }

  // --- Tools -------------------------------------------------------------------------------------

  private toolbar(): HTMLElement {
    const picture = (): Picture => this.picture;
    return element(
      "header",
      { class: "bar" },
      this.title,
      this.search.element,
      this.filter,
      element(
        "div",
        { class: "tools", role: "toolbar", "aria-label": "View" },
        button(
          "Zoom out (−)",
          () => {
            picture().zoomBy(1 / 1.3);
          },
          {},
          "−",
        ),
        button(
          "Zoom in (+)",
          () => {
            picture().zoomBy(1.3);
          },
          {},
          "+",
        ),
        button(
          "Fit everything (0)",
          () => {
            picture().fit();
          },
          {},
          "Fit",
        ),
        button(
          "Arrange anew",
          () => {
            picture().arrange();
          },
          {},
          "Arrange",
        ),
      ),
      element(
        "div",
        { class: "tools", role: "toolbar", "aria-label": "Export" },
        button(
          "Save the picture as SVG",
          () => {
            this.saveSvg();
          },
          { "data-export": "svg" },
          "SVG",
        ),
        button(
          "Save as Mermaid",
          () => {
            this.saveMermaid();
          },
          { "data-export": "mermaid" },
          "Mermaid",
        ),
      ),
    );
  }

  private saveSvg(): void {
    const about = this.chosen === null ? this.schema : `Deleting a row of ${this.chosen}`;
    const svg = pictureAsSvg(this.picture.graph, readTheme(this.root), about);
    this.host.save(`${this.fileStem()}.svg`, svg, "image/svg+xml");
  }

  private saveMermaid(): void {
    if (this.map !== null) {
      const text =
        this.shownDelete === null
          ? mapAsMermaid(this.map)
          : deleteAsMermaid(this.shownDelete, this.map);
      this.host.save(`${this.fileStem()}.mmd`, text, "text/plain");
    }
  }

  private fileStem(): string {
    return this.chosen === null ? "relations" : `deleting-${this.chosen}`;
  }

  // --- Keys, pointers and the theme --------------------------------------------------------------

  private watch(): void {
    document.addEventListener("keydown", (event) => {
      const target = event.target as HTMLElement;
      const isTyping = target.matches("input, select, textarea");
      if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey) {
        this.search.focus();
        event.preventDefault();
      } else if (event.key === "Escape" && !isTyping) {
        this.filter.value = this.chosen === null ? NO_FILTER : this.filter.value;
        this.let();
        this.stage.focus();
      }
    });
    this.stage.addEventListener("keydown", (event) => {
      this.press(event);
    });
    const { graph } = this.picture;
    graph.on("mouseover", "node, edge", (event) => {
      this.pointed.textContent = this.wordsFor(event.target.id() as string);
    });
    graph.on("mouseout", "node, edge", () => {
      this.pointed.textContent = "";
    });
    graph.on("dbltap", "node", (event) => {
      this.openSource(event.target.id() as string);
    });
    watchTheme(() => {
      this.picture.setTheme(readTheme(this.root));
    });
    new ResizeObserver(() => {
      graph.resize();
    }).observe(this.stage);
  }

  private press(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const direction = ARROWS[event.key];
    if (direction !== undefined) {
      const next = this.picture.neighbour(this.chosen, direction);
      if (next !== null) {
        this.choose(next, "model");
      }
    } else if (event.key === "Enter" && this.chosen !== null) {
      this.openSource(this.chosen);
    } else if (event.key === "+" || event.key === "=") {
      this.picture.zoomBy(1.3);
    } else if (event.key === "-") {
      this.picture.zoomBy(1 / 1.3);
    } else if (event.key === "0") {
      this.picture.fit();
    } else {
      return;
    }
    event.preventDefault();
  }

  private openSource(model: string): void {
    const found = this.map?.models.find((each) => each.name === model);
    if (found !== undefined) {
      this.host.open?.(found.at);
    }
  }

  /** Says what the pointer is over. */
  private wordsFor(id: string): string {
    const key = this.map?.keys.find((each) => `key ${each.name}` === id);
    if (key !== undefined) {
      const byDefault = key.isDefault ? " by default" : "";
      return `${key.name} → ${key.to}    onDelete: ${key.action}${byDefault}`;
    }
    const join = this.map?.joins.find((each) => `join ${each.from}.${each.fromField}` === id);
    if (join !== undefined) {
      return `${join.from} ↔ ${join.to}    ${join.table}`;
    }
    const number = this.map?.fouls.filter((foul) => foul.models.includes(id)).length ?? 0;
    const isModel = this.map?.models.some((model) => model.name === id) === true;
    return isModel && number > 0 ? `${id}    ${counted(number, "finding")}` : isModel ? id : "";
  }
}

const root = document.getElementById("relation-map");
if (root !== null) {
  new RelationMapView(root, hostOfThisPage()).listen();
}
