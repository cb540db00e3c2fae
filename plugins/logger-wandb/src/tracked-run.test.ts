import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Commands, type CommandContext } from '@tinsmith/core';
import { createTestKit, TestDirectory } from '@tinsmith/testkit';
import { startFakeWandb, type BadReply, type FakeWandb } from '@tinsmith/testkit/wandb';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import wandb from './index.js';
import { optionsSchema, type Environment } from './settings.js';
import { TrackedRun } from './tracked-run.js';

/** Of a busy machine. */
const soon = { timeout: 20_000 };
let server: FakeWandb;
beforeAll(async () => void (server = await startFakeWandb()));
afterAll(() => server.close());

const secrets = { require: () => server.apiKey };
const newest = () => [...server.runs.values()].at(-1)!;
const said: string[] = [];
const say = (text: string) => void said.push(text);

function newDirectory(): TestDirectory {
  const directory = new TestDirectory();
  onTestFinished(() => directory.remove());
  return directory;
}

interface Beginning {
  readonly directory: TestDirectory;
  readonly environment?: Environment;
  readonly options?: object;
  readonly baseUrl?: string;
  readonly nextStep?: number;
  readonly position?: number;
}

async function begin(how: Beginning): Promise<TrackedRun> {
  const { directory, environment = {}, baseUrl = server.url, nextStep = 0, position } = how;
  const options = optionsSchema.parse({ baseUrl, sendEverySeconds: 0.02, finishSeconds: 2, ...how.options });
  const tracker = { project: 'tests', name: 'a run' };
  const run = await TrackedRun.begin(options, { directory, tracker, secrets, environment, say });
  await run!.open({ nextStep, ...(position !== undefined && { position }) });
  return run!;
}

async function rows(run: TrackedRun, first: number, end: number): Promise<void> {
  for (let step = first; step < end; step++) await run.write({ step, metrics: { value: step * 10 } });
}

const stepsOf = (history: readonly Readonly<Record<string, unknown>>[]) =>
  history.map(row => [row['attempt'], row['train/step']]);

async function finish(run: TrackedRun): Promise<void> {
  await run.ended({ outcome: 'completed' });
  await run.close();
}

/** As many rows as there are, at their places. */
function expectRows(expected: readonly (readonly [attempt: number, step: number])[]): void {
  const { history, rewritten } = newest();
  expect(stepsOf(history)).toEqual(expected);
  expect(history.map(row => row['_step'])).toEqual(expected.map((_, i) => i));
  expect(history.map(row => row['value'])).toEqual(expected.map(([, step]) => step * 10));
  expect(rewritten).toEqual([]);
}

const faults: Readonly<Record<string, BadReply>> = {
  'a 500': { route: 'file_stream', status: 500 },
  'a limit with a time': { route: 'file_stream', status: 429, headers: { 'RateLimit-Reset': '0.05' } },
  'a connection that is cut before the rows were taken': { route: 'file_stream', drop: 'before' },
  'a connection that is cut after they were': { route: 'file_stream', drop: 'after' },
  'a mutation that met another': { route: 'graphql', operation: 'UpsertBucket', status: 409 },
};

test.for(Object.entries(faults))('%s leaves no gap and no duplicate', async ([, fault]) => {
  const run = await begin({ directory: newDirectory() });
  server.answerBadly(fault, fault);
  await rows(run, 0, 5);
  await expect.poll(() => newest().history.length, soon).toBe(5);
  await rows(run, 5, 8);
  await finish(run);
  expectRows(Array.from({ length: 8 }, (_, step) => [1, step] as const));
  expect(newest()).toMatchObject({ complete: true, exitcode: 0 });
});

test('a limit is waited for as long as the server says', async () => {
  const run = await begin({ directory: newDirectory() });
  server.answerBadly({ route: 'file_stream', status: 429, headers: { 'RateLimit-Reset': '0.4' } });
  const started = performance.now();
  await rows(run, 0, 1);
  await expect.poll(() => newest().history.length, soon).toBe(1);
  expect(performance.now() - started).toBeGreaterThan(390);
  await finish(run);
});

test('a run that goes on is the same run, and what the lost attempt had sent stays before it', async () => {
  const directory = newDirectory();
  const lost = await begin({ directory });
  await rows(lost, 0, 2);
  const position = await lost.flush(); // the checkpoint
  await rows(lost, 2, 4);
  await expect.poll(() => newest().history.length, soon).toBe(4);
  await lost.close(); // without an end, as after a kill
  const { id } = newest();

  const next = await begin({ directory, nextStep: 2, position });
  await rows(next, 2, 5);
  await finish(next);
  expect(newest().id).toBe(id);
  expectRows([
    [1, 0],
    [1, 1],
    [1, 2],
    [1, 3],
    [2, 2],
    [2, 3],
    [2, 4],
  ]);
});

test('what the lost attempt had not sent is dropped: each step counts once', async () => {
  const directory = newDirectory();
  const offline = { WANDB_MODE: 'offline' };
  const lost = await begin({ directory, environment: offline });
  await rows(lost, 0, 2);
  const position = await lost.flush();
  await rows(lost, 2, 4);
  await lost.close();

  const next = await begin({ directory, nextStep: 2, position });
  await rows(next, 2, 4);
  await finish(next);
  expectRows([
    [1, 0],
    [1, 1],
    [2, 2],
    [2, 3],
  ]);
});

test('a server that is gone delays nothing but the end, and `sync` sends the rest', async () => {
  const directory = newDirectory();
  const other = await startFakeWandb();
  const run = await begin({ directory, baseUrl: other.url, options: { finishSeconds: 0.3 } });
  await other.close();
  const started = performance.now();
  await rows(run, 0, 50);
  expect(performance.now() - started).toBeLessThan(2000);
  const closing = performance.now();
  await finish(run);
  expect(performance.now() - closing).toBeLessThan(2000);
  expect(said.at(-1)).toContain(`tinsmith sync ${directory.path}`);

  // The server comes back at the same address, without the run.
  const port = Number(new URL(other.url).port);
  await using back = await startFakeWandb({ port, apiKey: server.apiKey });
  expect(await sync(directory.path)).toEqual([
    `50 rows are at ${back.url}/tester/tests/runs/${[...back.runs.keys()][0]}`,
  ]);
  const [only] = back.runs.values();
  expect(only!.history).toHaveLength(50);
  expect(only).toMatchObject({ complete: true, exitcode: 0 });
  await sync(directory.path);
  expect(only!.history).toHaveLength(50);
  expect(only!.rewritten).toEqual([]);
});

test('a run id of another client is added to only if WANDB_RESUME says so', async () => {
  const first = await begin({ directory: newDirectory(), environment: { WANDB_RUN_ID: 'shared' } });
  await rows(first, 0, 2);
  await finish(first);
  const again = { WANDB_RUN_ID: 'shared' };
  await expect(begin({ directory: newDirectory(), environment: again })).rejects.toMatchObject({
    code: 'WANDB_RUN_EXISTS',
  });
  await expect(
    begin({ directory: newDirectory(), environment: { WANDB_RUN_ID: 'other', WANDB_RESUME: 'must' } }),
  ).rejects.toMatchObject({ code: 'WANDB_RUN_MISSING' });

  const second = await begin({ directory: newDirectory(), environment: { ...again, WANDB_RESUME: 'allow' } });
  await rows(second, 0, 1);
  await finish(second);
  const run = server.runs.get('shared')!;
  expect(run.history.map(row => [row['_step'], row['value']])).toEqual([
    [0, 0],
    [1, 10],
    [2, 0],
  ]);
  expect(run.rewritten).toEqual([]);
});

test('a run that was stopped on its page can go on', async () => {
  const directory = newDirectory();
  const first = await begin({ directory });
  await rows(first, 0, 1);
  newest().stopped = true;
  await expect.poll(() => first.stopRequested, soon).toBe(true);
  await finish(first);

  const next = await begin({ directory, nextStep: 1, position: 1 });
  await rows(next, 1, 2);
  await expect.poll(() => newest().history.length, soon).toBe(2);
  expect(next.stopRequested).toBe(false);
  await finish(next);
});

test('a server that does not know whether a run was stopped still gets its rows', async () => {
  const run = await begin({ directory: newDirectory() });
  const unknown = { route: 'graphql', operation: 'RunStoppedStatus', status: 400 } as const;
  server.answerBadly(...Array.from({ length: 100 }, () => unknown));
  await rows(run, 0, 1);
  await expect.poll(() => newest().history.length, soon).toBe(1);
  await rows(run, 1, 2);
  await expect.poll(() => newest().history.length, soon).toBe(2);
  await finish(run);
});

test('a line that a kill has torn is not sent', async () => {
  const directory = newDirectory();
  const lost = await begin({ directory, environment: { WANDB_MODE: 'offline' } });
  await rows(lost, 0, 2);
  const position = await lost.flush();
  await lost.close();
  const whole = readFileSync(join(directory.path, 'wandb/history.jsonl'), 'utf8');
  await directory.write('wandb/history.jsonl', `${whole}{"value":2`);

  const next = await begin({ directory, nextStep: 2, position });
  await rows(next, 2, 3);
  await finish(next);
  expectRows([
    [1, 0],
    [1, 1],
    [2, 2],
  ]);
});

test('sync refuses a folder without a run, and one whose run goes on', async () => {
  const directory = newDirectory();
  await expect(sync(directory.path)).rejects.toMatchObject({ code: 'WANDB_RUN_MISSING' });
  const run = await begin({ directory });
  const { hostname } = await import('node:os');
  await directory.write('run.lock', JSON.stringify({ pid: process.pid, host: hostname() }));
  await expect(sync(directory.path)).rejects.toMatchObject({ code: 'WANDB_RUN_GOES_ON' });
  await finish(run);
});

async function sync(path: string): Promise<readonly string[]> {
  await using kit = await createTestKit({ plugins: [wandb()], secrets: { WANDB_API_KEY: server.apiKey } });
  const printed: string[] = [];
  const context: CommandContext = {
    arguments: [path],
    cwd: '/',
    print: line => void printed.push(line),
    warn: () => {},
    signal: new AbortController().signal,
  };
  await (await kit.get(Commands, 'sync')).run(context);
  return printed;
}
