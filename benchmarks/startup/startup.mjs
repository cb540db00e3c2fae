/**
 * How long the command takes to begin, against bare Node: `tinsmith --help`, `tinsmith check` with five plugins, and
 * an emit of a hook that nobody listens to. Run it after `npm run build`:
 *
 *     node benchmarks/startup/startup.mjs [repetitions]
 *
 * Every repetition runs all three in turn. Prints wall-clock and CPU time (user and system) of the child processes, the
 * least and the median of each, and the median of the ratios to the bare Node of the same turn: on a machine that does
 * other work, that is the figure to compare.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const repetitions = Number(process.argv[2] ?? 15);
const root = fileURLToPath(new URL('../..', import.meta.url));
const command = join(root, 'packages/runner/bin/tinsmith.js');
const bars = { help: 60, check: 300, emit: 1000 };

/** A project with five real plugins: engine, model, renderers, recipe, logger. */
function project() {
  const folder = mkdtempSync(join(tmpdir(), 'tinsmith-startup-'));
  const plugins = ['engine-local', 'model-pocket', 'renderers-chat', 'recipe-math-rl', 'logger-jsonl'];
  for (const [name, target] of [
    ['tinsmith', 'packages/runner'],
    ...plugins.map(plugin => [`@tinsmith/${plugin}`, `plugins/${plugin}`]),
  ]) {
    const place = join(folder, 'node_modules', name);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(join(root, target), place);
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const list = plugins.map(plugin => `  - "@tinsmith/${plugin}"\n`).join('');
  const recipe = 'recipe: { use: math_rl, with: { engine: local, modelName: pocket, maxSteps: 1 } }\n';
  writeFileSync(join(folder, 'tinsmith.config.yaml'), `plugins:\n${list}${recipe}`);
  return folder;
}

/** Runs Node once. The child writes its CPU time, in microseconds, to a file when it exits. */
function measured(args, { cwd, report }) {
  const preload = `data:text/javascript,${encodeURIComponent(
    `import { writeFileSync } from 'node:fs'; process.on('exit', () => { const { user, system } = process.cpuUsage(); writeFileSync(${JSON.stringify(report)}, String(user + system)); });`,
  )}`;
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8' });
  const wall = performance.now() - started;
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`);
  spawnSync(process.execPath, ['--import', preload, ...args], { cwd });
  return { wall, cpu: Number(readFileSync(report, 'utf8')) / 1000 };
}

const sorted = values => values.toSorted((a, b) => a - b);
const median = values => sorted(values)[Math.floor(values.length / 2)];

/** Runs all commands in turn, as often as was asked for; the first one is what the others are compared with. */
function inTurns(commands, place) {
  for (const args of commands) measured(args, place); // fills the compile cache, as any earlier use has
  const turns = Array.from({ length: repetitions }, () => commands.map(args => measured(args, place)));
  return commands.map((_, i) => ({
    wall: sorted(turns.map(turn => turn[i].wall))[0],
    median: median(turns.map(turn => turn[i].wall)),
    cpu: sorted(turns.map(turn => turn[i].cpu))[0],
    ratio: median(turns.map(turn => turn[i].wall / turn[0].wall)),
  }));
}

/** Nanoseconds per emit of a hook without listeners. */
async function emptyEmit() {
  const { Kernel } = await import(pathToFileURL(join(root, 'packages/core/dist/kernel/index.js')).href);
  const { StepEnd } = await import(pathToFileURL(join(root, 'packages/core/dist/index.js')).href);
  const { hooks } = await Kernel.boot([]);
  const event = { step: 0, metrics: {}, plannedSteps: undefined };
  const rounds = 200_000;
  const round = async () => {
    const started = performance.now();
    for (let i = 0; i < rounds; i++) await hooks.emit(StepEnd, event);
    return ((performance.now() - started) * 1e6) / rounds;
  };
  const times = [];
  for (let i = 0; i < 10; i++) times.push(await round());
  return Math.min(...times);
}

const row = (name, { wall, median: middle, cpu, ratio }, bar) =>
  console.log(
    `${name.padEnd(16)} ${wall.toFixed(0).padStart(5)} ms least, ${middle.toFixed(0).padStart(5)} ms median, ` +
      `${cpu.toFixed(0).padStart(5)} ms CPU, ${ratio.toFixed(1).padStart(4)} x Node   ${bar}`,
  );

const folder = project();
try {
  const place = { cwd: folder, report: join(folder, 'cpu.txt') };
  const [node, help, check] = inTurns(
    [
      ['-e', '0'],
      [command, '--help'],
      [command, 'check'],
    ],
    place,
  );
  const emit = await emptyEmit();
  row('node -e 0', node, '');
  row(
    'tinsmith --help',
    help,
    `${(help.wall - node.wall).toFixed(0)} ms more than Node (bar ${bars.help} ms)`,
  );
  row('tinsmith check', check, `(bar ${bars.check} ms)`);
  console.log(`empty emit       ${emit.toFixed(0).padStart(5)} ns, awaited   (bar ${bars.emit} ns)`);
} finally {
  rmSync(folder, { recursive: true });
}
