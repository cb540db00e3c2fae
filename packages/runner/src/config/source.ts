/**
 * Reads one config file: TypeScript and JavaScript by native import, YAML and JSON as data. Knows where
 * values stand in the text; knows nothing about what they mean.
 */
import { access, readdir, readFile } from 'node:fs/promises';
import { basename, dirname, extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { amend, messageOf, nearest, TinsmithError } from '@tinsmith/core';
import type { OptionPath } from '@tinsmith/core/options';
import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import { codeOf } from '../error-code.js';
import { isSecondCore, withOneCore } from './core-copies.js';
import { missingPackage } from './install.js';

export interface Source {
  /** Absolute. */
  readonly file: string;
  readonly value: unknown;
  /** The line, from 1, where the key of an option stands. Undefined where it is not known. */
  line(path: OptionPath): number | undefined;
}

const moduleExtensions = ['.ts', '.mts', '.js', '.mjs', '.cts', '.cjs'];

/** `file` is absolute; `shown` is how people see it. Throws CONFIG_NOT_FOUND or CONFIG_UNREADABLE. */
export async function readSource(file: string, shown: string): Promise<Source> {
  await access(file).catch(async (error: unknown) => {
    throw await noFile(file, shown, error);
  });
  const extension = extname(file);
  if (moduleExtensions.includes(extension)) return readModule(file, shown);
  const text = (await readFile(file, 'utf8').catch(cannotRead(shown))).replace(/^\uFEFF/, '');
  if (extension === '.json') checkJson(text, shown);
  else if (extension !== '.yaml' && extension !== '.yml') {
    throw unreadable(shown, 'a config is a .ts, .mts, .js, .mjs, .yaml, .yml or .json file');
  }
  return parseYaml(file, text, shown);
}

async function noFile(file: string, shown: string, error: unknown): Promise<TinsmithError> {
  if (codeOf(error) !== 'ENOENT') return unreadable(shown, messageOf(error), error);
  const neighbours = await readdir(dirname(file)).catch(() => []);
  return new TinsmithError({
    code: 'CONFIG_NOT_FOUND',
    message: 'there is no such config file',
    at: shown,
    fix: nearest(basename(file), neighbours),
  });
}

const cannotRead = (shown: string) => (error: unknown) => {
  throw unreadable(shown, messageOf(error), error);
};

// YAML takes almost any JSON, and more; JSON.parse is the judge of what JSON is.
function checkJson(text: string, shown: string): void {
  try {
    JSON.parse(text);
  } catch (error) {
    const [, line, column] = /\(line (\d+) column (\d+)\)/.exec(messageOf(error)) ?? [];
    const message = messageOf(error)
      .replace(/ at position \d+.*$/, '')
      .replace(/ \(line .*$/, '');
    throw unreadable(line ? `${shown}:${line}:${column}` : shown, `not JSON: ${message}`);
  }
}

function parseYaml(file: string, text: string, shown: string): Source {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false });
  const [wrong] = [...document.errors, ...document.warnings];
  if (wrong) {
    const { line, col } = lines.linePos(wrong.pos[0]);
    throw unreadable(`${shown}:${line}:${col}`, `not YAML: ${wrong.message}`);
  }
  return {
    file,
    value: document.toJS(),
    line: path => {
      const offset = offsetOf(document, path);
      return offset === undefined ? undefined : lines.linePos(offset).line;
    },
  };
}

/** Where the key (or the list entry) of a path begins in the text. */
function offsetOf(document: Document, path: OptionPath): number | undefined {
  let node: unknown = document.contents;
  let offset: number | undefined;
  for (const part of path) {
    const container: unknown = isNode(node) ? resolved(node, document) : node;
    if (isMap(container)) {
      const pair = container.items.find(
        ({ key }) => String(isScalar(key) ? key.value : key) === String(part),
      );
      if (!pair) return undefined;
      offset = isNode(pair.key) ? pair.key.range?.[0] : offset;
      node = pair.value;
    } else if (isSeq(container)) {
      const entry = container.items[Number(part)];
      if (!isNode(entry)) return undefined;
      offset = entry.range?.[0];
      node = entry;
    } else return undefined;
  }
  return offset;
}

const resolved = (node: Node, document: Document): unknown =>
  'resolve' in node && typeof node.resolve === 'function' ? node.resolve(document) : node;

async function readModule(file: string, shown: string): Promise<Source> {
  let module: { default?: unknown };
  try {
    module = await withOneCore<{ default?: unknown }>(
      () => import(/* @vite-ignore */ pathToFileURL(file).href),
    );
  } catch (error) {
    if (isSecondCore(error)) throw amend(error, { at: shown });
    throw missingPackage(error, file, shown) ?? moduleFailed(error, file, shown);
  }
  if (module.default === undefined) {
    throw new TinsmithError({
      code: 'CONFIG_UNREADABLE',
      message: 'the config exports nothing by default',
      at: shown,
      fix: 'export default defineConfig({ ... })',
    });
  }
  return { file, value: module.default, line: () => undefined };
}

function moduleFailed(error: unknown, file: string, shown: string): TinsmithError {
  const line = lineOfFailure(error, file);
  const at = line === undefined ? shown : `${shown}:${line}`;
  return unreadable(at, `the config cannot be loaded: ${messageOf(error)}`, error);
}

/**
 * The line of a module on which its import failed. Node puts the place of a syntax error on the first line
 * of the stack, that of a throw into the frames.
 */
export function lineOfFailure(error: unknown, file: string): string | undefined {
  const after = error instanceof Error ? error.stack?.split(file)[1] : undefined;
  return /^:(\d+)/.exec(after ?? '')?.[1];
}

function unreadable(at: string, message: string, cause?: unknown): TinsmithError {
  return new TinsmithError({ code: 'CONFIG_UNREADABLE', message, at, cause });
}
