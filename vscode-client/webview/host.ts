/** The program around the map: an editor that answers, or a page that carries everything itself. */

import type { At, FromMap, RelationMap, ToMap, WholeMap } from "./data";
import { readDelete } from "./deletes";
import type { Delete } from "./deletes";

export interface Listener {
  show(title: string, map: RelationMap): void;
  select(model: string): void;
  /** There is nothing to show yet, or no more; what was shown stays. */
  wait(sentence: string): void;
}

export interface Host {
  /** Begins to tell what there is to show. */
  listen(listener: Listener): void;
  /** Returns what deleting a row of a model does; null if that cannot be told. */
  askDelete(model: string): Promise<Delete | null>;
  /** Opens a place of the schema; null where there is nothing that could open it. */
  readonly open: ((at: At) => void) | null;
  save(name: string, text: string, type: string): void;
}

declare function acquireVsCodeApi(): { postMessage(message: FromMap): void };

export function hostOfThisPage(): Host {
  const whole = document.getElementById("relation-map-data");
  if (whole !== null) {
    return page(JSON.parse(whole.textContent) as WholeMap);
  }
  return editor();
}

function editor(): Host {
  const { postMessage } = acquireVsCodeApi();
  const waiting = new Map<string, ((found: Delete | null) => void)[]>();
  return {
    listen(listener) {
      addEventListener("message", (event: MessageEvent<ToMap>) => {
        const message = event.data;
        if (message.type === "map") {
          listener.show(message.title, message.map);
        } else if (message.type === "select") {
          listener.select(message.model);
        } else if (message.type === "wait") {
          listener.wait(message.sentence);
        } else if (message.type === "delete") {
          const found = message.delete === null ? null : readDelete(message.delete);
          for (const answer of waiting.get(message.model) ?? []) {
            answer(found);
          }
          waiting.delete(message.model);
        }
      });
      postMessage({ type: "ready" });
    },
    askDelete(model) {
      return new Promise((answer) => {
        waiting.set(model, [...(waiting.get(model) ?? []), answer]);
        postMessage({ type: "delete", model });
      });
    },
    open(at) {
      postMessage({ type: "open", at });
    },
    save(name, text) {
      postMessage({ type: "save", name, text });
    },
  };
}

function page(whole: WholeMap): Host {
  return {
    listen(listener) {
      listener.show(whole.title, whole);
      const wanted = location.hash.slice(1) || whole.selected;
      if (wanted !== null) {
        listener.select(decodeURIComponent(wanted));
      }
    },
    askDelete(model) {
      const written = whole.deletes[model];
      return Promise.resolve(written === undefined ? null : readDelete(written, whole.words));
    },
    open: null,
    save(name, text, type) {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([text], { type }));
      link.download = name;
      link.click();
      URL.revokeObjectURL(link.href);
    },
  };
}
