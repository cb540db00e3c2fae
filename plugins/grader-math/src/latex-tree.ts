/**
 * Reads LaTeX into a small tree, forgiving what does not match: a brace that closes nothing is skipped, one that is never
 * closed ends with the text. Knows which commands take arguments, and nothing of what they mean.
 */

export type LatexNode =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'group'; readonly nodes: readonly LatexNode[] }
  | { readonly kind: 'columns' }
  | { readonly kind: 'environment'; readonly name: string; readonly nodes: readonly LatexNode[] }
  | {
      readonly kind: 'command';
      readonly name: string;
      /** Undefined where the text ends before they are complete; fewer than there should be where a group closes. */
      readonly args: readonly (readonly LatexNode[])[] | undefined;
      readonly optional?: readonly LatexNode[];
    };

/**
 * Nesting beyond this is refused, as the reference refuses it where its interpreter's stack ends: at about 130 fractions
 * and roots, 190 of the rest.
 */
const MAX_DEPTH = 390;
const GROUP_COST = 2;
const FRACTION_COST = 3;

const END = /\\end\s*\{[^{}]*\}/y;

export class TooDeep extends Error {}

/** Number of mandatory arguments; `optional` for one in square brackets before them. */
const ARGUMENTS: Readonly<Record<string, { readonly count: number; readonly optional?: true }>> = {
  frac: { count: 2 }, nicefrac: { count: 2 }, textfrac: { count: 2 }, sqrt: { count: 1, optional: true },
  textcolor: { count: 2 }, color: { count: 1 }, hspace: { count: 1 }, vspace: { count: 1 }, label: { count: 1 },
  ...Object.fromEntries(
    (`mbox text emph textrm textit textbf textmd textsc textsf textsl texttt textup mathrm mathbb mathbf mathit mathsf
    mathtt mathcal mathscr mathfrak overline underline widehat widetilde overbrace underbrace overrightarrow overleftarrow
    hat tilde bar vec dot ddot`.split(/\s+/)).map(name => [name, { count: 1 }]),
  ),
}; // prettier-ignore

export function readLatex(source: string): LatexNode[] {
  const reader = new Reader(source);
  const nodes: LatexNode[] = [];
  while (!reader.atEnd()) {
    nodes.push(...reader.sequence(0));
    reader.skipCloser();
  }
  return nodes;
}

class Reader {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  atEnd(): boolean {
    return this.#at >= this.#source.length;
  }

  /** A brace or `\end` that closes nothing. */
  skipCloser(): void {
    if (this.#source[this.#at] === '}') this.#at += 1;
    else this.#match(END);
  }

  /** Nodes up to a closing brace, an `\end`, or the end; `stop` ends an optional argument. */
  sequence(depth: number, stop?: ']'): LatexNode[] {
    if (depth > MAX_DEPTH) throw new TooDeep();
    const nodes: LatexNode[] = [];
    while (!this.atEnd()) {
      const character = this.#source[this.#at];
      if (character === '}' || (stop !== undefined && character === stop) || this.#peek(END)) break;
      nodes.push(this.#node(depth));
    }
    return nodes;
  }

  #node(depth: number): LatexNode {
    const character = this.#source[this.#at];
    if (character === '{') return { kind: 'group', nodes: this.#group(depth) };
    if (character === '&') {
      this.#at += 1;
      return { kind: 'columns' };
    }
    if (character === '\\') return this.#command(depth);
    const text = this.#match(/\]|[^\\{}&\]]+/y) ?? '';
    return { kind: 'text', text: typography(text) };
  }

  #group(depth: number): LatexNode[] {
    this.#at += 1;
    const nodes = this.sequence(depth + GROUP_COST);
    if (this.#source[this.#at] === '}') this.#at += 1;
    return nodes;
  }

  #command(depth: number): LatexNode {
    const name = this.#commandName();
    if (name === 'begin') {
      const environment = this.#match(/\s*\{[^{}]*\}/y);
      if (environment !== undefined) return this.#environment(environment.trim().slice(1, -1), depth);
    }
    const spec = ARGUMENTS[name];
    if (spec === undefined || !Object.hasOwn(ARGUMENTS, name)) return { kind: 'command', name, args: [] };
    const start = this.#at;
    const optional = spec.optional ? this.#optional(depth) : undefined;
    const args: LatexNode[][] = [];
    while (args.length < spec.count) {
      const argument = this.#argument(
        name === 'frac' || name === 'sqrt' ? depth + FRACTION_COST - GROUP_COST : depth,
      );
      if (argument === undefined) {
        if (this.#source[this.#at] === '}') return { kind: 'command', name, args: [...args, []] };
        this.#at = start;
        return { kind: 'command', name, args: undefined };
      }
      args.push(argument);
    }
    return { kind: 'command', name, args, ...(optional === undefined ? {} : { optional }) };
  }

  #commandName(): string {
    const word = this.#match(/\\[a-zA-Z]+/y);
    if (word !== undefined) {
      this.#match(/\s+/y); // spaces after a word belong to it
      return word.slice(1);
    }
    const single = this.#match(/\\[^]?/uy) ?? '\\';
    if (single === '\\\\') this.#match(/\*?\[[^\]]{0,40}\]/y); // the height of the line
    return single.slice(1);
  }

  #environment(name: string, depth: number): LatexNode {
    if (/^array\*?$/.test(name)) this.#match(/\s*\{[^{}]*\}/y); // the columns' alignment
    const nodes = this.sequence(depth + GROUP_COST);
    for (;;) {
      const end = this.#match(END);
      if (end === undefined || end.slice(end.indexOf('{') + 1, -1) === name) break;
      nodes.push(...this.sequence(depth + GROUP_COST));
    }
    return { kind: 'environment', name: name.trim(), nodes };
  }

  #optional(depth: number): LatexNode[] | undefined {
    if (this.#match(/\s*\[/y) === undefined) return undefined;
    const nodes = this.sequence(depth + GROUP_COST, ']');
    if (this.#source[this.#at] === ']') this.#at += 1;
    return nodes;
  }

  #argument(depth: number): LatexNode[] | undefined {
    this.#match(/\s+/y);
    const character = this.#source[this.#at];
    if (character === undefined || character === '}') return undefined;
    if (character === '{') return this.#group(depth);
    if (character === '\\') return [{ kind: 'command', name: this.#commandName(), args: undefined }];
    const text = String.fromCodePoint(this.#source.codePointAt(this.#at) ?? 0);
    this.#at += text.length;
    return [{ kind: 'text', text }];
  }

  #peek(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    return pattern.test(this.#source);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#source)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }
}

function typography(text: string): string {
  return text
    .replaceAll('---', '—')
    .replaceAll('--', '–')
    .replaceAll('``', '“')
    .replaceAll("''", '”')
    .replaceAll('~', '\u00a0');
}
