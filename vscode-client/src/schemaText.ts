// The little that the client itself reads in a schema.

const HEADER = /^\s*(model|view)\s+([^\s{]+)\s*\{/u;
const END = /^\s*\}/;

/** Returns the name of the model around a line, or that ends on it; undefined between models. */
export function modelAt(lines: readonly string[], line: number): string | undefined {
  for (let number = Math.min(line, lines.length - 1); number >= 0; number--) {
    const text = lines[number] ?? "";
    const header = HEADER.exec(text);
    if (header !== null) {
      return header[2];
    }
    if (number < line && END.test(text)) {
      return undefined;
    }
  }
  return undefined;
}
