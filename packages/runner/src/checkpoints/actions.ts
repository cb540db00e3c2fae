/** What `tinsmith checkpoints` does with the engine's store. Knows no engine; `merge` belongs to a plugin and is in merge.ts. */
import { resolve } from 'node:path';
import { type CheckpointStore, TinsmithError } from '@tinsmith/core';
import { checkpointFacts, checkpointLine } from './show.js';

export interface Asked {
  /** What follows the action. */
  readonly words: readonly string[];
  readonly json: boolean;
  /** Whether a removal has been agreed to. */
  readonly yes: boolean;
  readonly cwd: string;
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface Action {
  readonly usage: string;
  /** Words that must be there, and no more unless `many`. */
  readonly words: readonly string[];
  readonly many?: true;
  run(store: CheckpointStore, asked: Asked): Promise<void>;
}

export const actions: Readonly<Record<string, Action>> = {
  list: {
    usage: 'list',
    words: [],
    async run(store, { json, print, signal }) {
      for await (const info of store.list()) {
        signal.throwIfAborted();
        print(json ? JSON.stringify(info) : checkpointLine(info));
      }
    },
  },
  info: {
    usage: 'info PATH',
    words: ['PATH'],
    async run(store, { words: [path], json, print }) {
      const info = await store.info(path!);
      if (json) print(JSON.stringify(info));
      else checkpointFacts(info).forEach(print);
    },
  },
  download: {
    usage: 'download PATH FOLDER',
    words: ['PATH', 'FOLDER'],
    async run(store, { words: [path, folder], cwd, print, signal }) {
      await store.download(path!, resolve(cwd, folder!), signal);
      print(`wrote ${folder}`);
    },
  },
  publish: {
    usage: 'publish PATH',
    words: ['PATH'],
    run: (store, asked) => setPublic(store, asked, true),
  },
  unpublish: {
    usage: 'unpublish PATH',
    words: ['PATH'],
    run: (store, asked) => setPublic(store, asked, false),
  },
  delete: {
    usage: 'delete PATH... --yes',
    words: ['PATH'],
    many: true,
    async run(store, { words, yes, print }) {
      if (!yes)
        throw new TinsmithError({
          code: 'ARGUMENT_MISSING',
          message: `this removes ${words.length === 1 ? 'a checkpoint' : `${words.length} checkpoints`} for good`,
          found: words.join(', '),
          fix: 'the same with --yes',
        });
      for (const path of words) {
        await store.delete(path);
        print(`removed ${path}`);
      }
    },
  },
  ttl: {
    usage: 'ttl PATH DURATION',
    words: ['PATH', 'DURATION'],
    async run(store, { words: [path, duration], print }) {
      const seconds = readDuration(duration!);
      await store.setTtl(path!, seconds);
      print(seconds === null ? `${path} is kept for good` : `${path} is kept for ${duration} from now`);
    },
  },
};

/** Throws ARGUMENT_MISSING or ARGUMENT_INVALID, with how the action is called. */
export function checkWords({ usage, words: needed, many }: Action, words: readonly string[]): void {
  if (words.length < needed.length)
    throw new TinsmithError({
      code: 'ARGUMENT_MISSING',
      message: `${needed[words.length]} is missing`,
      fix: `tinsmith checkpoints ${usage}`,
    });
  if (words.length > needed.length && !many)
    throw new TinsmithError({
      code: 'ARGUMENT_INVALID',
      message: 'there is a word too many',
      found: words.slice(needed.length).join(' '),
      fix: `tinsmith checkpoints ${usage}`,
    });
}

async function setPublic(
  store: CheckpointStore,
  { words: [path], print }: Asked,
  isPublic: boolean,
): Promise<void> {
  if (!store.setPublic)
    throw new TinsmithError({
      code: 'CHECKPOINTS_UNSUPPORTED',
      message: 'this engine has nobody to show its checkpoints to',
      fix: 'download it and publish the folder elsewhere',
    });
  await store.setPublic(path!, isPublic);
  print(`${path} is readable for ${isPublic ? 'everyone' : 'its owner alone'}`);
}

const units = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** `none` is no end; otherwise a number of seconds, or with a unit as in `7d`. */
function readDuration(text: string): number | null {
  if (text === 'none') return null;
  const [, number, unit = 's'] = /^(\d+)([smhd]?)$/.exec(text) ?? [];
  const seconds = Number(number) * units[(unit || 's') as keyof typeof units];
  if (seconds > 0) return seconds;
  throw new TinsmithError({
    code: 'ARGUMENT_INVALID',
    message: 'this is no duration',
    found: text,
    fix: 'seconds, or a number with s, m, h or d as in 7d; none for no end',
  });
}
