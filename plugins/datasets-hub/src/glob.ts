/** File patterns as data set cards use them: `*`, `?`, `**`, `[0-9]`, `{a,b}`. */
export function matchesGlob(path: string, pattern: string): boolean {
  const source = pattern.replaceAll(/\*\*\/|\*\*|\*|\?|\[!?[^\]/]+\]|\{[^}/]+\}|[^*?[{]+|./g, translate);
  return new RegExp(`^${source}$`).test(path);
}

function translate(piece: string): string {
  if (piece === '**/') return '(?:.*/)?';
  if (piece === '**') return '.*';
  if (piece === '*') return '[^/]*';
  if (piece === '?') return '[^/]';
  if (/^\[.+\]$/.test(piece)) return piece.replace('[!', '[^').replaceAll('\\', '\\\\');
  if (/^\{.+\}$/.test(piece)) return `(?:${piece.slice(1, -1).split(',').map(escape).join('|')})`;
  return escape(piece);
}

function escape(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}
