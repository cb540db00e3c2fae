/**
 * One run as Weights & Biases keeps it: files of lines by offset, config, summary, uploads. Knows nothing about HTTP.
 */
export const HISTORY = 'wandb-history.jsonl';
export const EVENTS = 'wandb-events.jsonl';
export const SUMMARY = 'wandb-summary.json';
export const CONSOLE = 'output.log';

/** What a client sends of one file: `content` stands from line `offset` on. */
export interface FileChunk {
  readonly offset: number;
  readonly content: readonly string[];
}

export interface FileStreamBody {
  readonly files?: Readonly<Record<string, FileChunk>>;
  readonly uploaded?: readonly string[];
  readonly complete?: boolean;
  readonly exitcode?: number;
  readonly preempting?: boolean;
}

export class WandbRunState {
  readonly id: string;
  /** What queries and mutations call `id`; the run's own id is `name` there. */
  readonly storageId: string;
  readonly entity: string;
  readonly project: string;
  /** Fields of the last upsert that set them, e.g. displayName, tags, config as JSON text. */
  readonly fields: Record<string, unknown> = {};
  /** By path, as uploaded. */
  readonly uploads = new Map<string, Buffer>();
  /** Paths that the client said it has uploaded. */
  readonly announced = new Set<string>();
  /** Lines that were sent again with another content: `file:line`. */
  readonly rewritten: string[] = [];
  /** Set by the last request of an attempt; undefined again when another one begins to send. */
  exitcode: number | undefined;
  complete = false;
  /** The user has pressed Stop. */
  stopped = false;
  readonly #files = new Map<string, Map<number, string>>();

  constructor(place: { readonly id: string; readonly entity: string; readonly project: string }) {
    this.id = place.id;
    this.entity = place.entity;
    this.project = place.project;
    this.storageId = Buffer.from(`Run:v1:${place.id}:${place.project}:${place.entity}`).toString('base64');
  }

  apply(body: FileStreamBody): void {
    for (const [name, { offset, content }] of Object.entries(body.files ?? {})) {
      const lines = this.#files.get(name) ?? new Map<number, string>();
      this.#files.set(name, lines);
      content.forEach((line, i) => {
        const before = lines.get(offset + i);
        if (before !== undefined && before !== line && name !== SUMMARY)
          this.rewritten.push(`${name}:${offset + i}`);
        lines.set(offset + i, line);
      });
    }
    for (const path of body.uploaded ?? []) this.announced.add(path);
    this.complete = body.complete ?? false;
    this.exitcode = body.exitcode;
  }

  /** The lines of a file from 0 on. Throws if one is missing in between. */
  lines(file: string): readonly string[] {
    const lines = this.#files.get(file) ?? new Map<number, string>();
    return Array.from({ length: lines.size }, (_, i) => {
      const line = lines.get(i);
      if (line === undefined) throw new Error(`line ${i} of ${file} was never sent`);
      return line;
    });
  }

  /** How many lines a file has, gaps included. */
  count(file: string): number {
    return Math.max(-1, ...(this.#files.get(file)?.keys() ?? [])) + 1;
  }

  /** The rows of the history, with NaN and the infinities as numbers. */
  get history(): readonly Readonly<Record<string, unknown>>[] {
    return this.lines(HISTORY).map(parseWithWords);
  }

  get summary(): Readonly<Record<string, unknown>> {
    return parseWithWords(this.lines(SUMMARY)[0] ?? '{}');
  }

  /** Key -> value, without the wrapping in `{"value": ...}` and without W&B's own `_wandb`. */
  get config(): Readonly<Record<string, unknown>> {
    const wrapped = this.#wrappedConfig();
    return Object.fromEntries(
      Object.entries(wrapped).flatMap(([key, entry]) =>
        key === '_wandb' ? [] : [[key, valueOf(key, entry)]],
      ),
    );
  }

  /** W&B's own part of the config: telemetry `t`, metrics with options `m`. */
  get ownConfig(): Readonly<Record<string, unknown>> {
    return valueOf('_wandb', this.#wrappedConfig()['_wandb'] ?? { value: {} }) as Record<string, unknown>;
  }

  #wrappedConfig(): Record<string, unknown> {
    const { config } = this.fields;
    return typeof config === 'string' ? parseWithWords(config) : {};
  }
}

function valueOf(key: string, entry: unknown): unknown {
  if (typeof entry === 'object' && entry !== null && 'value' in entry) return entry.value;
  throw new Error(`the config's "${key}" is not wrapped in {"value": ...}`);
}

/** JSON in which NaN, Infinity and -Infinity may stand bare, as Python writes it. */
export function parseWithWords(text: string): Record<string, unknown> {
  const marked = text.replaceAll(/"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g, found =>
    found.startsWith('"') ? found : `"\uE000${found}"`,
  );
  return JSON.parse(marked, (_, value: unknown) =>
    typeof value === 'string' && value.startsWith('\uE000') ? Number(value.slice(1)) : value,
  ) as Record<string, unknown>;
}
