/** Makes elements of the page; text goes in as text, never as markup. */

type Content = Node | string | null;

export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string>> = {},
  ...content: readonly Content[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    made.setAttribute(key, value);
  }
  made.append(...content.filter((each) => each !== null));
  return made;
}

export function button(
  label: string,
  pressed: () => void,
  attributes: Readonly<Record<string, string>> = {},
  ...content: readonly Content[]
): HTMLButtonElement {
  const made = element("button", { type: "button", ...attributes }, ...content);
  if (content.length === 0) {
    made.append(label);
  } else {
    made.setAttribute("aria-label", label);
    made.title = label;
  }
  made.addEventListener("click", pressed);
  return made;
}

/** Splits a sentence at its backticks: what stands between them is code. */
export function sentence(text: string): DocumentFragment {
  const made = document.createDocumentFragment();
  text.split("`").forEach((part, index) => {
    made.append(index % 2 === 1 ? element("code", {}, part) : part);
  });
  return made;
}

export function counted(number: number, noun: string, plural = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : plural}`;
}
