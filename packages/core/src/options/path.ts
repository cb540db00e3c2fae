/** Paths of options as people see them: `recipe.with.groupSize`, `plugins[@tinsmith/logger-jsonl].with.file`. */

/** Keys from the outside in. The entries of `plugins` have their name as key, not their index. */
export type OptionPath = readonly (string | number)[];

export function formatPath(path: OptionPath): string {
  return path
    .map((part, i) => {
      if (typeof part === 'string' && /^[\w$-]+$/.test(part)) return i === 0 ? part : `.${part}`;
      return `[${part}]`;
    })
    .join('');
}

/** The reverse of `formatPath`; undefined for text that is no path. */
export function parsePath(text: string): OptionPath | undefined {
  const parts: string[] = [];
  const part = /\[([^\]]+)\]|(?:^|(?<!^)\.)([^.[\]]+)/y;
  while (part.lastIndex < text.length) {
    const match = part.exec(text);
    if (!match) return undefined;
    parts.push(match[1] ?? match[2]!);
  }
  return parts.length ? parts : undefined;
}
