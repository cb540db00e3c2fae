/** Signals to a real child process: Ctrl-C once and twice, SIGTERM, SIGKILL and resume. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { config, countProject } from './plugins.js';
import { ended, Project, untilContains } from './project.js';

const args = ['run', 'log_path=runs/a', 'max_steps=1000', 'milliseconds=40'];
const rows = (project: Project, file: string) =>
  project
    .read(`runs/a/${file}`)
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as { step: number; batch: number });

test.for(['SIGINT', 'SIGTERM'] as const)(
  '%s finishes the step, saves, says how to go on, exits with 130',
  async signal => {
    using project = new Project(countProject);
    const child = project.start(args);
    const end = ended(child);
    await untilContains(join(project.path, 'runs/a/metrics.jsonl'), '"step":2');
    child.kill(signal);
    const { code, out, error } = await end;
    expect({ code, out, error }).toEqual({
      code: 130,
      out: `stopped (interrupted by ${signal})   ${project.path}/runs/a\n`,
      error: `${signal}: the step that is running will be finished and saved; once more to stop at once
  go on  npx tinsmith run --config ${project.path}/runs/a/config.json --log-path ${project.path}/runs/a --if-exists resume
`,
    });
    const steps = rows(project, 'metrics.jsonl').length;
    expect(rows(project, 'checkpoints.jsonl').at(-1)).toMatchObject({ batch: steps });
    expect(project.read(`runs/a/weights/${String(steps).padStart(6, '0')}`)).toBe(String(steps));
  },
);

test('a signal during the last planned step changes nothing: the run is complete', async () => {
  using project = new Project(countProject);
  const child = project.start(['run', 'log_path=runs/a', 'max_steps=1', 'milliseconds=500']);
  const end = ended(child);
  await untilContains(join(project.path, 'runs/a/logs.log'), 'counting');
  child.kill('SIGINT');
  const { code, out, error } = await end;
  expect({ code, out }).toEqual({ code: 0, out: `done   ${project.path}/runs/a\n` });
  expect(error).not.toContain('go on');
  expect(rows(project, 'checkpoints.jsonl')).toHaveLength(1);
});

test('one key press that npm passes on a second time is one; another press stops at once', async () => {
  using project = new Project(countProject);
  const child = project.start(['run', 'log_path=runs/a', 'milliseconds=60000']);
  let error = '';
  child.stderr?.on('data', (chunk: Buffer) => (error += chunk.toString()));
  const end = ended(child);
  await untilContains(join(project.path, 'runs/a/logs.log'), 'counting');
  child.kill('SIGINT');
  child.kill('SIGINT');
  await new Promise(resolve => setTimeout(resolve, 400));
  expect(error).toMatch(/^SIGINT: the step .*\n$/);
  expect(child.exitCode).toBeNull();
  child.kill('SIGINT');
  expect(await end).toMatchObject({ code: 130, out: '' });
});

test('interrupted while plugins are loaded, nothing is created', async () => {
  using project = new Project({
    ...countProject,
    'tinsmith.config.yaml': config.replace('./plugins/count.ts', './slow.mjs'),
    'slow.mjs': `
import { writeFileSync } from 'node:fs';
import count from './plugins/count.ts';
writeFileSync('loading', 'yes');
await new Promise(resolve => setTimeout(resolve, 300));
export default count;
`,
  });
  const child = project.start(['run', 'log_path=runs/a']);
  const end = ended(child);
  await untilContains(join(project.path, 'loading'), 'yes');
  child.kill('SIGINT');
  const { code, error } = await end;
  expect({ code, last: error.trimEnd().split('\n').at(-1) }).toEqual({
    code: 130,
    last: 'error RUN_INTERRUPTED   interrupted before the run began',
  });
  expect(project.has('runs')).toBe(false);
});

test('after SIGKILL a resume goes on behind the last row, and a torn row counts as not written', async () => {
  using project = new Project(countProject);
  const child = project.start([...args, 'save_every=3']);
  const end = ended(child);
  await untilContains(join(project.path, 'runs/a/checkpoints.jsonl'), '"batch":3');
  child.kill('SIGKILL');
  expect(await end).toMatchObject({ code: null, signal: 'SIGKILL' });
  const { batch } = rows(project, 'checkpoints.jsonl').at(-1)!;
  appendFileSync(join(project.path, 'runs/a/checkpoints.jsonl'), '{"name":"000999","batch":999,"state_pa');

  const maxSteps = batch + 3;
  const resumed = await project.run([
    'run',
    'log_path=runs/a',
    'if_exists=resume',
    'save_every=3',
    `max_steps=${maxSteps}`,
  ]);
  expect(resumed.code).toBe(0);
  expect(rows(project, 'checkpoints.jsonl').map(row => row.batch)).toEqual(
    Array.from({ length: maxSteps / 3 }, (_, i) => 3 * (i + 1)),
  );
  expect(
    rows(project, 'metrics.jsonl')
      .slice(-3)
      .map(row => row.step),
  ).toEqual([batch, batch + 1, batch + 2]);
  // As many updates as in a run that was never killed: each batch counts once.
  expect(project.read(`runs/a/weights/${String(maxSteps).padStart(6, '0')}`)).toBe(String(maxSteps));
});

test('a run folder that is deleted in the middle is made anew with what comes after, and people are told', async () => {
  using project = new Project(countProject);
  const child = project.start(['run', 'log_path=runs/a', 'max_steps=6', 'milliseconds=300']);
  const end = ended(child);
  await untilContains(join(project.path, 'runs/a/metrics.jsonl'), '"step":2');
  project.remove('runs/a');
  const { code, error } = await end;
  expect({ code, error }).toEqual({
    code: 0,
    error:
      'warning  the run folder was deleted: what was in it is lost; it is made anew, and the run goes on\n',
  });
  expect(rows(project, 'checkpoints.jsonl').at(-1)).toMatchObject({ batch: 6 });
  expect(rows(project, 'metrics.jsonl').at(-1)).toMatchObject({ step: 5 });
  const resumed = await project.run([
    'run',
    'log_path=runs/a',
    'if_exists=resume',
    'max_steps=7',
    'milliseconds=0',
  ]);
  expect(resumed.code).toBe(0);
});
