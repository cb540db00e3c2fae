/** The README's table of names: every TypeScript name in it exists, and every public method is in it. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { RestClient, ServiceClient } from '../src/index.js';
import { TinkerFuture } from '../src/future.js';
import { SamplingClient } from '../src/sampling-client.js';
import { TrainingClient } from '../src/training-client.js';

const classes = { ServiceClient, TrainingClient, SamplingClient, RestClient, TinkerFuture };
const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
const table = readme.slice(readme.indexOf('## Python names'), readme.indexOf('## Options'));

/** `Class.method` of the right-hand column. */
const named = [...table.matchAll(/\| [^|]*\| ([^|\n]*)\|/g)].flatMap(([, cell]) =>
  [...cell!.matchAll(/`(\w+)\.(\w+)\(/g)].map(([, owner, method]) => `${owner}.${method}`),
);

/** Of the prototype, without what is marked as internal in the sources. */
const INTERNAL = new Set(['RestClient.serverCapabilities', 'RestClient.weightsInfo', 'RestClient.copy']);
const methods = Object.entries(classes).flatMap(([owner, { prototype }]) =>
  Object.getOwnPropertyNames(prototype)
    .filter(
      name =>
        name !== 'constructor' &&
        typeof Object.getOwnPropertyDescriptor(prototype, name)?.value === 'function',
    )
    .map(name => `${owner}.${name}`)
    .filter(name => !INTERNAL.has(name)),
);

test('every TypeScript name in the table exists', () => {
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter(name => !methods.includes(name))).toEqual([]);
});

test('every public method is in the table', () => {
  expect(methods.filter(name => !named.includes(name))).toEqual([]);
});
