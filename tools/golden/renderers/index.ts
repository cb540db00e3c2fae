/**
 * Golden vectors of tokenizers and renderers. A case is a file, a check is a kind of row in it: it measures how many rows
 * differ, and names the first ones.
 */
import { join } from 'node:path';
import type { Message } from '@tinsmith/core';
import { createChatRenderer } from '@tinsmith/renderers-chat/library';
import { modelCase } from './model-checks.ts';
import type { Category, GoldenCase, GoldenCheck } from '../category.ts';
import { rendererChecks } from './renderer-checks.ts';
import {
  optionsOf,
  readFolder,
  readRows,
  type RendererRow,
  type RowFile,
  type TokenizerRow,
} from './rows.ts';
import { tokenizerChecks } from './tokenizer-checks.ts';
import { Tokenizers } from './tokenizers.ts';

/** Differences that are shown of a kind. */
const MOST_SHOWN = 3;

export const renderers: Category = {
  name: 'renderers',
  async open(folder) {
    return openRenderers(folder);
  },
};

export interface OpenOptions {
  /** Rows of each kind in a file, spread evenly. Default: all. */
  readonly sample?: number;
}

/** Throws if a folder is missing, a file is empty, a kind does not occur, or a kind is unknown. */
export function openRenderers(folder: string, { sample = Infinity }: OpenOptions = {}): GoldenCase[] {
  const tokenizers = new Tokenizers(folder);
  const conversations = readConversations(folder);
  const tokenizerFiles = readFolder<TokenizerRow>(join(folder, 'tokenizers'));
  const rendererFiles = readFolder<RendererRow>(join(folder, 'cases'));
  requireKinds(rendererFiles, Object.keys(rendererChecks));
  requireKinds(tokenizerFiles, Object.keys(tokenizerChecks));
  return [
    modelCase(folder),
    ...tokenizerFiles.map(file => tokenizerCase(thinOut(file, sample), tokenizers)),
    ...byTokenizer(rendererFiles).map(file => rendererCase(thinOut(file, sample), tokenizers, conversations)),
  ];
}

function thinOut<Row extends { readonly kind: string }>(file: RowFile<Row>, sample: number): RowFile<Row> {
  const kinds = Map.groupBy(file.rows.keys(), index => file.rows[index]!.kind);
  const kept = [...kinds.values()].flatMap(indexes => {
    const step = Math.max(indexes.length / sample, 1);
    return indexes.filter((_, place) => Math.floor(place % step) === 0);
  });
  return {
    ...file,
    rows: kept.map(index => file.rows[index]!),
    lines: kept.map(index => file.lines[index]!),
  };
}

function readConversations(folder: string): ReadonlyMap<string, readonly Message[]> {
  const { rows } = readRows<{ id: string; messages: Message[] }>(join(folder, 'conversations.jsonl.gz'));
  return new Map(rows.map(({ id, messages }) => [id, messages]));
}

/** Files of one tokenizer after the other, so that few are held at a time. */
function byTokenizer(files: readonly RowFile<RendererRow>[]): RowFile<RendererRow>[] {
  return files.toSorted((a, b) => a.rows[0]!.tokenizer.localeCompare(b.rows[0]!.tokenizer));
}

/** Every kind must occur, and no other. */
function requireKinds(files: readonly RowFile<{ readonly kind: string }>[], kinds: readonly string[]): void {
  const found = new Set(files.flatMap(({ rows }) => rows.map(row => row.kind)));
  const missing = kinds.filter(kind => !found.has(kind));
  const unknown = [...found].filter(kind => !kinds.includes(kind));
  if (missing.length > 0) throw new Error(`there is no case of the kind ${missing.join(', ')}`);
  if (unknown.length > 0) throw new Error(`cases of an unknown kind: ${unknown.join(', ')}`);
}

function tokenizerCase(file: RowFile<TokenizerRow>, tokenizers: Tokenizers): GoldenCase {
  return {
    name: `tokenizer ${file.name}`,
    checks: checksOf(file, row => tokenizerChecks[row.kind]!(row, tokenizers.get(file.name).tokenizer)),
    async close() {
      tokenizers.clear();
    },
  };
}

function rendererCase(
  file: RowFile<RendererRow>,
  tokenizers: Tokenizers,
  conversations: ReadonlyMap<string, readonly Message[]>,
): GoldenCase {
  return {
    name: file.name,
    checks: checksOf(file, (row, index) => {
      const tokenizer = tokenizers.get(row.tokenizer);
      return rendererChecks[row.kind]!({
        row,
        line: file.lines[index]!,
        tokenizer,
        renderer: createChatRenderer(row.renderer, tokenizer.tokenizer, optionsOf(row)),
        conversation: conversations.get(row.conversation) ?? [],
      });
    }),
    async close() {
      // The next file has the same tokenizer, mostly; `byTokenizer` puts them together.
    },
  };
}

function checksOf<Row extends { readonly id: string; readonly kind: string }>(
  { rows }: RowFile<Row>,
  check: (row: Row, index: number) => string | undefined,
): GoldenCheck[] {
  return [...new Set(rows.map(row => row.kind))].map(kind => ({
    id: kind,
    async run() {
      const differences = rows.flatMap((row, index) => {
        if (row.kind !== kind) return [];
        const difference = attempt(() => check(row, index));
        return difference === undefined ? [] : [`${row.id}: ${difference}`];
      });
      const count = rows.filter(row => row.kind === kind).length;
      if (differences.length > 0) {
        const shown = differences.slice(0, MOST_SHOWN).join('\n      ');
        throw new Error(`${differences.length} of ${count} rows differ\n      ${shown}`);
      }
      return [{ quantity: `differing rows of ${count}:`, distance: 0, limit: 0 }];
    },
  }));
}

function attempt(check: () => string | undefined): string | undefined {
  try {
    return check();
  } catch (error) {
    return error instanceof Error
      ? (error.stack ?? error.message).split('\n').slice(0, 4).join(' ')
      : String(error);
  }
}
