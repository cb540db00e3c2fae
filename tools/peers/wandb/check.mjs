/** check.mjs PYTHON: logs the same with the official client and with ours, and compares what the server has. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { appendFile, readFile, writeFile, mkdir } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startFakeWandb } from '@tinsmith/testkit/wandb';

const python = process.argv[2];
if (!python) throw new Error('check.mjs PYTHON: the interpreter of an environment with wandb');
const samples = [
  {
    tags: ['maths'],
    trajectories: [
      [1, '2+2'],
      [0.5, '3+3'],
    ].map(([reward, question]) => ({ transitions: [{ reward, logs: { question } }] })),
    groupRewards: [0, 0],
  },
];

const server = await startFakeWandb();
const folder = mkdtempSync(join(tmpdir(), 'tinsmith-wandb-'));
try {
  await official('0', '5');
  await official('5', '8');
  await ours(0, 5);
  await ours(5, 8);
  const runs = [server.runs.get('official'), server.runs.get('ours')].map(comparable);
  const [theirs, mine] = runs;
  for (const part of Object.keys(theirs)) {
    const isSame = isDeepStrictEqual(theirs[part], mine[part]);
    console.log(`${part.padEnd(8)} ${isSame ? 'the same' : 'DIFFERENT'}`);
    if (!isSame) console.log('official', theirs[part], '\nours    ', mine[part]);
    process.exitCode ||= isSame ? 0 : 1;
  }
} finally {
  rmSync(folder, { recursive: true });
  await server.close();
}

function official(first, last) {
  const script = join(import.meta.dirname, 'client.py');
  const child = spawn(python, [script, server.url, 'official', first, last], {
    env: { ...process.env, WANDB_API_KEY: server.apiKey, WANDB_SILENT: 'true' },
    cwd: folder,
    stdio: 'inherit',
  });
  return new Promise((resolve, reject) => {
    child.on('exit', code => (code === 0 ? resolve() : reject(new Error(`client.py ends with ${code}`))));
  });
}

/** What client.py does, with our plugin on a kernel. */
async function ours(first, last) {
  process.env.WANDB_RUN_ID = 'ours';
  const path = join(folder, 'ours');
  const { Kernel } = await import('@tinsmith/core/kernel');
  const { definePlugin, MetricSinks, RolloutsGraded, RunDirectories, RunEnd, Secrets, TrackerProjects } =
    await import('@tinsmith/core');
  const { default: wandb } = await import('@tinsmith/logger-wandb');
  const directory = {
    path,
    append: async (file, line) => (
      await mkdir(dirname(join(path, file)), { recursive: true }),
      appendFile(join(path, file), `${line}\n`)
    ),
    read: file => readFile(join(path, file), 'utf8').catch(() => undefined),
    write: async (file, text) => (
      await mkdir(dirname(join(path, file)), { recursive: true }),
      writeFile(join(path, file), text)
    ),
    sync: async () => {},
  };
  const config = { recipe: { with: { lr: 1e-4, model: { name: 'pocket', rank: 32 } } } };
  await directory.write('config.json', JSON.stringify(config));
  const around = definePlugin({
    name: 'around',
    version: '0.0.0',
    setup({ provide }) {
      provide(RunDirectories, { create: () => directory });
      provide(Secrets, { create: () => ({ require: () => server.apiKey }) });
      provide(TrackerProjects, { create: () => ({ project: 'parity', name: 'parity run' }) });
    },
  });
  const plugin = wandb({ baseUrl: server.url, rolloutsEvery: 1 });
  const kernel = await Kernel.boot([around(), plugin]);
  const [sink] = await kernel.get(MetricSinks);
  await sink.open({ nextStep: first, position: first === 0 ? undefined : 6 });
  for (let step = first; step < last; step++) {
    const grad = step === 2 ? Infinity : step === 3 ? -Infinity : 0.5;
    await sink.write({ step, metrics: { loss: step === 1 ? NaN : 1 / (step + 1), grad } });
  }
  if (first === 0) {
    await kernel.hooks.transform(RolloutsGraded, samples, { step: last });
    await sink.write({ step: last, metrics: {} });
  }
  await kernel.hooks.emit(RunEnd, { outcome: 'completed' });
  await kernel.dispose();
}

/** Without times and without what the README says differs. */
function comparable(run) {
  const table = run.history.find(row => row.rollouts).rollouts.path;
  return {
    history: run.history.map(withoutOwn),
    summary: withoutOwn(run.summary),
    config: run.config,
    table: run.uploads.get(table).toString(),
    ended: { exitcode: run.exitcode, complete: run.complete },
    rewritten: run.rewritten,
    steps: run.ownConfig.m[0]['1'],
  };
}

function withoutOwn(row) {
  const own = [
    '_timestamp',
    '_runtime',
    '_wandb',
    'attempt',
    'artifact_path',
    '_latest_artifact_path',
    'log_mode',
  ];
  const kept = Object.entries(row).filter(([key]) => !own.includes(key));
  return Object.fromEntries(
    kept.map(([key, value]) => [key, key === 'rollouts' ? withoutOwn(value) : value]),
  );
}
