import {
  type MetricSink,
  MetricSinks,
  RunEnd,
  RunShouldStop,
  StepEnd,
  CheckpointSaved,
  LineLogged,
  RolloutsGraded,
  modelInput,
} from '@tinsmith/core';
import { createTestKit, metricSinkConformance, type TestKit } from '@tinsmith/testkit';
import { startFakeWandb } from '@tinsmith/testkit/wandb';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import wandb from './index.js';

/** Of a busy machine. */
const soon = { timeout: 20_000 };
const server = await startFakeWandb();
beforeAll(() => {
  // Where this machine's own user is known to W&B must make no difference.
  vi.stubEnv('HOME', '/nowhere');
  for (const name of ['API_KEY', 'BASE_URL', 'ENTITY', 'MODE', 'RUN_ID', 'RESUME'])
    vi.stubEnv(`WANDB_${name}`, '');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await server.close();
});

const said: string[] = [];
vi.spyOn(process.stderr, 'write').mockImplementation(text => (said.push(String(text)), true));
afterEach(() => void said.splice(0));

const tracker = { project: 'tests', name: 'a run' };
const around = () => ({ secrets: { WANDB_API_KEY: server.apiKey }, tracker });
const plugin = (options: object = {}) => wandb({ baseUrl: server.url, sendEverySeconds: 0.02, ...options });

/** A kit whose run has begun. The run over there is the newest one. */
async function begun(options: object = {}): Promise<TestKit & { readonly sink: MetricSink }> {
  const kit = await createTestKit({ ...around(), plugins: [plugin(options)] });
  const [sink] = await kit.get(MetricSinks);
  await sink!.open!({ nextStep: 0 });
  return Object.assign(kit, { sink: sink! });
}
const newest = () => [...server.runs.values()].at(-1)!;

metricSinkConformance(() => plugin(), around());

test('rows, summary and log lines are there when the run has ended, NaN and the infinities too', async () => {
  const kit = await begun();
  await kit.sink.write({ step: 0, metrics: { loss: Number.NaN, 'env/reward': 0.5 } });
  await kit.sink.write({ step: 1, metrics: { loss: Number.POSITIVE_INFINITY } });
  await kit.sink.write({ step: 2, metrics: { loss: Number.NEGATIVE_INFINITY } });
  await kit.hooks.emit(LineLogged, { line: 'two\nlines', step: 2 });
  await kit.hooks.emit(CheckpointSaved, { row: { name: '000003', batch: 3, state_path: 'x://state' } });
  await kit.hooks.emit(RunEnd, { outcome: 'completed' });
  await kit[Symbol.asyncDispose]();

  const run = newest();
  expect(run.history).toMatchObject([
    { _step: 0, 'train/step': 0, attempt: 1, loss: Number.NaN, 'env/reward': 0.5 },
    { _step: 1, 'train/step': 1, loss: Number.POSITIVE_INFINITY },
    { _step: 2, 'train/step': 2, loss: Number.NEGATIVE_INFINITY },
  ]);
  expect(run.summary).toMatchObject({
    loss: Number.NEGATIVE_INFINITY,
    'env/reward': 0.5,
    _step: 2,
    checkpoint: { name: '000003', batch: 3, state_path: 'x://state' },
  });
  const stamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6} /;
  expect(run.lines('output.log').map(line => line.replace(stamp, ''))).toEqual(['two', 'lines']);
  expect(run).toMatchObject({ complete: true, exitcode: 0, rewritten: [] });
  expect(run.ownConfig['m']).toEqual([
    { 1: 'train/step', 6: [3] },
    { 1: 'loss', 5: 1, 6: [1, 3] },
    { 1: 'env/reward', 5: 1, 6: [1, 3] },
    { 1: 'attempt', 5: 1, 6: [1, 3] },
  ]);
});

test('the page of the run is named at the start and at the end', async () => {
  const kit = await begun();
  await kit[Symbol.asyncDispose]();
  const url = `${server.url}/tester/tests/runs/${newest().id}`;
  expect(said).toEqual([`wandb: run a run at ${url}\n`, `wandb: run at ${url}\n`]);
});

test('rollouts of a step are a table in its row', async () => {
  const kit = await begun({ rolloutsEvery: 2, rolloutGroups: 1 });
  const action = { tokens: [1], logprobs: [-1], stopReason: 'stop' } as const;
  const turn = (reward: number, question: string) => ({
    observation: modelInput([1]),
    action,
    reward,
    metrics: {},
    logs: { question },
  });
  const group = {
    tags: ['maths'],
    trajectories: [
      { transitions: [turn(0, '1+1'), turn(0.5, '2+2')] },
      { transitions: [turn(Number.NaN, '3+3')] },
    ],
    groupRewards: [0.25, 0],
  };
  for (const step of [0, 1]) {
    await kit.hooks.transform(RolloutsGraded, [group, group], { step });
    await kit.sink.write({ step, metrics: { loss: 1 } });
  }
  await kit.hooks.emit(RunEnd, { outcome: 'completed' });
  await kit[Symbol.asyncDispose]();

  const run = newest();
  const [first, second] = run.history;
  const table = first!['rollouts'] as { path: string; sha256: string };
  expect(table).toMatchObject({ _type: 'table-file', ncols: 6, nrows: 2 });
  expect(table.path).toBe(`media/table/rollouts_0_${table.sha256.slice(0, 20)}.table.json`);
  expect(second).not.toHaveProperty('rollouts');
  expect(run.announced).toEqual(new Set([table.path]));
  expect(run.uploads.get(table.path)!.toString()).toBe(
    '{"columns":["group","tags","episode","reward","turns","question"],' +
      '"data":[[0,"maths",0,0.75,2,"1+1\\n2+2"],[0,"maths",1,NaN,1,"3+3"]]}',
  );
});

test('Stop on the page ends the run', async () => {
  const kit = await begun();
  const event = { step: 0, metrics: {}, plannedSteps: undefined };
  expect(await kit.hooks.ask(RunShouldStop, event)).toBeUndefined();
  newest().stopped = true;
  await kit.sink.write({ step: 0, metrics: { loss: 1 } });
  await expect
    .poll(() => kit.hooks.ask(RunShouldStop, event), soon)
    .toEqual({ reason: 'stopped on the page of W&B' });
  await kit[Symbol.asyncDispose]();
});

test('without wandb_project nothing is written and nobody is asked', async () => {
  const before = server.requests.length;
  await using kit = await createTestKit({ plugins: [plugin()] });
  const [sink] = await kit.get(MetricSinks);
  await sink!.write({ step: 0, metrics: { loss: 1 } });
  await kit.hooks.emit(StepEnd, { step: 0, metrics: {}, plannedSteps: undefined });
  expect(kit.files()).toEqual({});
  expect(server.requests).toHaveLength(before);
});

test('a missing key, and one that the server refuses, are found before the first step', async () => {
  await using without = await createTestKit({ tracker, plugins: [plugin()] });
  await expect(without.get(MetricSinks)).rejects.toMatchObject({ code: 'WANDB_KEY_MISSING' });
  const secrets = { WANDB_API_KEY: 'a key that is not the right one' };
  await using wrong = await createTestKit({ tracker, secrets, plugins: [plugin()] });
  const error: unknown = await wrong.get(MetricSinks).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'WANDB_REFUSED' });
  expect(JSON.stringify(error)).not.toContain(secrets.WANDB_API_KEY);
});

test('the key stands in no file and in nothing that is said', async () => {
  const kit = await begun();
  server.answerBadly({ route: 'file_stream', status: 500 });
  await kit.sink.write({ step: 0, metrics: { loss: 1 } });
  await expect.poll(() => newest().history.length, soon).toBe(1);
  expect(Object.values(kit.files()).join('\n')).not.toContain(server.apiKey);
  await kit[Symbol.asyncDispose]();
  expect(said.join('')).not.toContain(server.apiKey);
  expect(said.join('')).toContain('answers 500');
});
