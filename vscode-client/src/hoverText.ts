// What the server's hovers lose where the editor shows a finding itself.

/**
 * Returns a hover without the paragraphs that only repeat a finding with one of the codes: they begin
 * with the code and the severity.
 */
export function withoutFindings(markdown: string, codes: readonly string[]): string {
  return markdown
    .split("\n\n")
    .filter((paragraph) => !codes.some((code) => paragraph.startsWith(`\`${code}\` (`)))
    .join("\n\n");
}
