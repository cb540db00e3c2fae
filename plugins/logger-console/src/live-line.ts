/**
 * One line at the bottom of a terminal that is drawn again and again. Whatever else is written to the
 * terminal, by whom ever, appears above it: while the line stands, the writes of the process go through here.
 */
import type { Output } from '@tinsmith/terminal';

/** A stream whose writes may appear on the same terminal. */
export type Shared = Pick<NodeJS.WriteStream, 'write'>;

const ERASE = '\r\u001B[2K';

export class LiveLine {
  readonly #output: Output;
  readonly #shared: readonly Shared[];
  #restore: (() => void) | undefined;
  #text = '';
  /** What the last foreign write ended with: the line is drawn only at the beginning of a line. */
  #isAtLineStart = true;
  #isOwnWrite = false;

  /** `shared` are the process's streams on that terminal, the one of `output` among them. */
  constructor(output: Output, shared: readonly Shared[]) {
    this.#output = output;
    this.#shared = shared;
  }

  /** Draws the line, in the place of the one before. The text must fit into one line of the terminal. */
  show(text: string): void {
    this.#restore ??= this.#interceptWrites();
    this.#text = text;
    this.#draw();
  }

  /** Takes the line away and leaves the streams as they were. */
  clear(): void {
    if (!this.#restore) return;
    this.#erase();
    this.#text = '';
    this.#restore();
    this.#restore = undefined;
  }

  #draw(): void {
    if (this.#isAtLineStart) this.#write(ERASE + this.#text);
  }

  #erase(): void {
    if (this.#isAtLineStart) this.#write(ERASE);
  }

  #write(text: string): void {
    this.#isOwnWrite = true;
    try {
      this.#output.write(text);
    } finally {
      this.#isOwnWrite = false;
    }
  }

  #interceptWrites(): () => void {
    const restores = this.#shared.map(stream => {
      // Streams inherit `write`: taking the own property away again restores it.
      const original = stream.write.bind(stream) as (...args: unknown[]) => boolean;
      const had = Object.getOwnPropertyDescriptor(stream, 'write');
      const write = (...args: unknown[]): boolean => {
        if (this.#isOwnWrite) return original(...args);
        this.#erase();
        const result = original(...args);
        this.#isAtLineStart = endsLine(args[0]) ?? this.#isAtLineStart;
        this.#draw();
        return result;
      };
      Object.defineProperty(stream, 'write', { value: write, configurable: true, writable: true });
      return () => {
        if (had) Object.defineProperty(stream, 'write', had);
        else Reflect.deleteProperty(stream, 'write');
      };
    });
    return () => restores.forEach(restore => restore());
  }
}

/** Undefined for an empty write, which changes nothing. */
function endsLine(chunk: unknown): boolean | undefined {
  const last =
    typeof chunk === 'string' ? chunk.at(-1) : chunk instanceof Uint8Array ? chunk.at(-1) : undefined;
  return last === undefined ? undefined : last === '\n' || last === 0x0a;
}
