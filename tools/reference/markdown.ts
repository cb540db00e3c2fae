/** Pieces of Markdown that the generated pages share. */

export const GENERATED = '<!-- Generated from the sources by `npm run reference`: edit those. -->';

/** A text as inline code, whatever backticks it holds. */
export function inCode(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.includes('`') ? `\`\` ${line} \`\`` : `\`${line}\``;
}
