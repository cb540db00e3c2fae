/**
 * LaTeX as plain text, twice: as the reference writes it, which drops grouping (`\frac{x+1}{2}` becomes `x+1/2`), and with
 * every grouping and command kept, which tells two answers apart that the first text confuses.
 */
import { ACCENTS, APPEARANCE, isLetterStyle, styleLetters, SYMBOL_TEXT } from './latex-symbols.js';
import { readLatex, TooDeep, type LatexNode } from './latex-tree.js';

export type LatexText = {
  /** The reference's text; undefined where the reference fails and keeps the LaTeX as it is. */
  readonly plain: string | undefined;
  /** The text with its form kept. */
  readonly faithful: string;
  /** Contents of the boxes that the reference drops whole (`\mbox`). */
  readonly boxes: readonly string[];
};

/** The reference's converter raises on this input. */
class Refused extends Error {}

const MATRICES = new Set(['array', 'pmatrix', 'bmatrix', 'smallmatrix', 'psmallmatrix', 'bsmallmatrix']);
const CONTENT = new Set('text emph textrm textit textbf textsc textsl mathrm underline'.split(' '));
const DROPPED_WITH_ARGUMENT = new Set('mbox textmd textsf texttt textup'.split(' '));
const NO_CONTENT = new Set('color hspace vspace label'.split(' '));
const FRACTIONS = new Set(['frac', 'nicefrac', 'textfrac']);

export function latexToText(source: string): LatexText {
  let nodes: LatexNode[];
  try {
    nodes = readLatex(source);
  } catch (error) {
    if (error instanceof TooDeep) return { plain: undefined, faithful: source, boxes: [] };
    throw error;
  }
  const boxes: string[] = [];
  const faithful = new Writer(true, boxes).write(nodes);
  try {
    return { plain: new Writer(false, []).write(nodes), faithful, boxes };
  } catch (error) {
    if (error instanceof Refused) return { plain: undefined, faithful, boxes };
    throw error;
  }
}

/** What holds a node: a subscript mark before it, or an exponent or a slash before it or an exponent after it. */
type Binding = 'none' | 'subscript' | 'operand';

class Writer {
  readonly #faithful: boolean;
  readonly #boxes: string[];

  constructor(faithful: boolean, boxes: string[]) {
    this.#faithful = faithful;
    this.#boxes = boxes;
  }

  write(nodes: readonly LatexNode[]): string {
    let text = '';
    let base: string | undefined; // the numerator side of a pending `\over`
    for (const [index, node] of nodes.entries()) {
      if (this.#faithful && node.kind === 'command' && node.name === 'over') {
        base = text;
        text = '';
        continue;
      }
      text += this.#node(node, this.#faithful ? binding(text, nodes[index + 1]) : 'none');
    }
    return base === undefined ? text : `${enclosed(base.trim())}/${enclosed(text.trim())}`;
  }

  #node(node: LatexNode, bound: Binding): string {
    switch (node.kind) {
      case 'text':
        return node.text.trim() === '' ? '' : node.text;
      case 'columns':
        return this.#faithful ? ',' : '   ';
      case 'group': {
        const text = this.write(node.nodes);
        const plain = bound === 'none' || (bound === 'subscript' && /^[\p{L}\p{N}]+$/u.test(text));
        return plain ? text : enclosed(text);
      }
      case 'environment':
        return this.#environment(node.name, node.nodes);
      default:
        return this.#command(node.name, node.args, node.optional, bound);
    }
  }

  #environment(name: string, nodes: readonly LatexNode[]): string {
    if (!MATRICES.has(name)) {
      const text = this.write(nodes);
      return this.#faithful ? `${name}(${text})` : text;
    }
    const rows: string[][] = [];
    let row: string[] = [];
    let cell: LatexNode[] = [];
    const endCell = () => {
      if (cell.length > 0) row.push(this.write(cell).trim());
      else if (this.#faithful) row.push('');
      cell = [];
    };
    const endRow = () => {
      endCell();
      rows.push(row);
      row = [];
    };
    for (const node of nodes) {
      if (node.kind === 'columns') endCell();
      else if (node.kind === 'command' && node.name === '\\') endRow();
      else cell.push(node);
    }
    if (cell.some(node => node.kind !== 'text' || node.text.trim() !== '') || row.length > 0) endRow();
    if (!this.#faithful && rows.every(cells => cells.length === 0)) throw new Refused();
    const between = this.#faithful ? ',' : ' ';
    return `[ ${rows.map(cells => cells.join(between)).join('; ')} ]`;
  }

  #command(
    name: string,
    args: readonly (readonly LatexNode[])[] | undefined,
    optional: readonly LatexNode[] | undefined,
    bound: Binding,
  ): string {
    const [first = [], second = []] = args ?? [];
    if (FRACTIONS.has(name)) {
      if (args === undefined) return '%s/%s';
      if (!this.#faithful) return `${this.write(first)}/${this.write(second)}`;
      const fraction = `${enclosed(this.write(first))}/${enclosed(this.write(second))}`;
      return bound === 'none' ? fraction : `(${fraction})`;
    }
    if (name === 'sqrt') {
      if (args === undefined) {
        if (this.#faithful) return 'sqrt';
        throw new Refused();
      }
      const radicand = this.write(first);
      const index = this.#faithful && optional !== undefined ? this.write(optional).trim() : '2';
      return index === '2' ? `√(${radicand})` : `(${enclosed(radicand)}^(1/${enclosed(index)}))`;
    }
    if (CONTENT.has(name) || name === 'textcolor') return this.write(name === 'textcolor' ? second : first);
    if (isLetterStyle(name)) return styleLetters(this.write(first), name);
    const accent = ACCENTS.get(name);
    if (accent !== undefined) return (this.write(first) + accent).normalize('NFC');
    if (DROPPED_WITH_ARGUMENT.has(name)) {
      if (this.#faithful && args !== undefined) this.#boxes.push(this.write(first).trim().toLowerCase());
      return '';
    }
    if (NO_CONTENT.has(name)) return '';
    const symbol = SYMBOL_TEXT.get(name);
    if (symbol !== undefined) return symbol;
    if (args !== undefined && args.length > 0) {
      return this.#faithful ? `${name}(${this.write(first)})` : this.write(first);
    }
    if (!this.#faithful || isAppearance(name)) return '';
    return name;
  }
}

/** In parentheses unless it is one number, one letter or already enclosed. */
function enclosed(text: string): string {
  return /^(?:\d+(?:\.\d+)?|\p{L}|)$/u.test(text) ? text : `(${text})`;
}

function binding(before: string, next: LatexNode | undefined): Binding {
  const last = before.at(-1);
  if (last === '_') return 'subscript';
  const power = next?.kind === 'text' && next.text.startsWith('^');
  return last === '^' || last === '/' || power ? 'operand' : 'none';
}

/** In either case: answers are compared without regard to it, commands included. */
function isAppearance(name: string): boolean {
  return APPEARANCE.has(name) || APPEARANCE.has(name.toLowerCase()) || CONTENT.has(name.toLowerCase());
}
