import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseText } from '../source/typescript.ts';
import { contractIn } from './contract.ts';
import { errorsIn } from './errors.ts';
import { outdated, pages } from './generated.ts';

const root = join(import.meta.dirname, '..', '..');
const generated = pages(root);

test('docs/reference is what the sources say: if not, `npm run reference` writes it anew', () => {
  expect(outdated(root, generated), 'run `npm run reference`').toEqual([]);
});

test('every code that a test expects of our sources is in the list of errors', () => {
  const [tests, sources] = ['**/*.test.ts', '**/!(*.test|*.test-d).ts'].map(pattern =>
    globSync(`{packages,plugins}/*/{src,test}/${pattern}`, { cwd: root })
      .map(file => readFileSync(join(root, file), 'utf8'))
      .join('\n'),
  );
  const expected = [...tests!.matchAll(/\bcode: '([A-Z]+_[A-Z_]+)'/g)].map(([, code]) => code!);
  const ours = [...new Set(expected)].filter(code => sources!.includes(code));
  const listed = generated['docs/reference/errors.md']!;
  expect(ours.filter(code => !listed.includes(`## ${code}\n`))).toEqual([]);
  expect(ours.length).toBeGreaterThan(50);
});

const errorsOf = (...files: string[]) =>
  errorsIn(files.map((text, i) => parseText(`/package/src/${'ab'[i]}.ts`, text))).sites;

test('an error is read with its sentence, what is open in it, and its advice', () => {
  expect(
    errorsOf(`
      throw new TinsmithError({
        code: 'NOT_THERE',
        message: \`there is no \${row.kind} "\${name}"\` + ' here',
        fix: near ? \`use \${near}\` : 'look at the list',
      });
    `),
  ).toEqual([
    {
      code: 'NOT_THERE',
      className: undefined,
      messages: ['there is no <kind> "<name>" here'],
      fixes: ['use <near>', 'look at the list'],
    },
  ]);
});

test('a condition that decides the code decides the sentence too', () => {
  const sites = errorsOf(
    `problem({ code: missing ? 'MISSING_X' : 'INVALID_X', message: missing ? 'is missing' : 'is wrong' });`,
  );
  expect(sites.map(({ code, messages }) => [code, ...messages])).toEqual([
    ['MISSING_X', 'is missing'],
    ['INVALID_X', 'is wrong'],
  ]);
});

test('helpers that take code, sentence or details as a parameter are followed to their callers, across files', () => {
  const sites = errorsOf(
    `export const refuse = (message: string, code = 'X_Y') => new TinsmithError({ code: 'A_B', message });
     function empty(details: Details) { return problem({ code: 'C_D', ...details }); }
     refuse('first');
     empty({ message: 'second' });`,
    `import { refuse } from './a.js';
     const told = (what: string) => refuse(what);
     told('third');`,
  );
  expect(sites.map(({ code, messages }) => [code, ...messages])).toEqual([
    ['A_B', 'first'],
    ['A_B', 'third'],
    ['C_D', 'second'],
  ]);
});

test('a class of errors is read by the names of its parameters, with the codes of its type', () => {
  const { sites, classes } = errorsIn([
    parseText(
      '/package/src/a.ts',
      `/** - \`lost\`: gone. */
       export type Code = 'lost' | 'late';
       class NetError extends Error { constructor(message: string, code: Code) { super(message); } }
       const BY_STATUS = { 404: 'lost', 408: 'late' };
       throw new NetError('no answer', BY_STATUS[status] ?? 'lost');`,
    ),
  ]);
  expect(sites.map(({ code, className, messages }) => [className, code, ...messages])).toEqual([
    ['NetError', 'lost', 'no answer'],
    ['NetError', 'late', 'no answer'],
    ['NetError', 'lost', 'no answer'],
  ]);
  expect(classes).toEqual([
    {
      name: 'NetError',
      parameters: ['message', 'code'],
      codes: ['lost', 'late'],
      doc: '- `lost`: gone.',
    },
  ]);
});

test('a class of errors with one code is read', () => {
  const text = `class ClosedError extends Error { readonly code = 'DOOR_CLOSED'; constructor() { super('too late'); } }`;
  expect(errorsOf(text)).toEqual([
    { code: 'DOOR_CLOSED', className: undefined, messages: ['too late'], fixes: [] },
  ]);
});

test('tokens and hooks are read with kind, types and doc comment', () => {
  const source = parseText(
    '/package/src/a.ts',
    `/** Where metrics go. */
     export const Sinks = many<Sink>('sink');
     export const Asked = first<
       Event,
       Answer
     >('asked');
     export const other = many(1);`,
  );
  expect(contractIn([source])).toEqual([
    { name: 'Sinks', id: 'sink', kind: 'many', is: 'token', types: ['Sink'], doc: 'Where metrics go.' },
    { name: 'Asked', id: 'asked', kind: 'first', is: 'hook', types: ['Event', 'Answer'], doc: undefined },
  ]);
});
