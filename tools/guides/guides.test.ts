import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { follow } from './follow.ts';
import { stepsOf } from './steps.ts';
import { withoutRegistry } from './without-registry.ts';

const docs = join(import.meta.dirname, '..', '..', 'docs');

/** Does what a page of docs/ says, in an empty folder outside the workspace. What each command printed. */
async function followed(page: string, run = withoutRegistry): Promise<(command: string) => string> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tinsmith-guide-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const done = await follow(stepsOf(readFileSync(join(docs, page), 'utf8')), folder, run);
  return command => done.findLast(step => step.command === command)!.output;
}

test('write-a-plugin, followed literally: the logger is written, tested, packed and used in a run', async () => {
  const printed = await followed('guides/write-a-plugin.md');
  expect(printed('npm test')).toMatch(/Tests +6 passed/);
  expect(printed('npm pack')).toContain('tinsmith-logger-csv-0.1.0.tgz');
  expect(printed('npx tinsmith check')).toMatch(/tinsmith-logger-csv 0\.1\.0[^]*\nok\n/);
  expect(printed('cat runs/first/metrics.csv')).toMatch(
    /^step,env\/all\/reward\/total,optim\/entropy\n0,-?[\d.]+,[\d.]+\n1,-?[\d.]+,[\d.]+\n$/,
  );
}, 600_000);

test('start, followed literally but for the length of the first run', async () => {
  const short = ['--', '--set', 'recipe.with.maxSteps=1', '--set', 'recipe.with.groupsPerBatch=4'];
  const printed = await followed('start.md', (command, cwd) =>
    withoutRegistry(command.join(' ') === 'npm start' ? [...command, ...short] : command, cwd),
  );
  expect(printed('npm start')).toContain('done');
  expect(printed('npx tinsmith check')).toMatch(/\nok\n/);
  expect(printed('ls runs/small').split('\n')).toEqual(
    expect.arrayContaining(['checkpoints.jsonl', 'config.json', 'metrics.jsonl']),
  );
}, 600_000);

test('your-own-task, followed literally: prompts and a reward in one file become a run', async () => {
  const printed = await followed('guides/your-own-task.md');
  expect(printed('npx tinsmith check --config my-task.config.yaml')).toMatch(/\nok\n/);
  const rows = printed('cat runs/first/metrics.jsonl').trimEnd().split('\n');
  expect(rows).toHaveLength(2);
  expect(rows[0]).toMatch(/"test\/env\/all\/exact":[01.5]+/);
  for (const row of rows) expect(row).toMatch(/"env\/all\/reward\/total":(0\.\d+|1)/);
  expect(printed('cat runs/first/rollouts.jsonl')).toMatch(/"question":"What is \d+ \+ \d+\?"/);
}, 600_000);

test('train-your-agent, followed literally: three tools of the AI SDK become an environment and a run', async () => {
  const printed = await followed('guides/train-your-agent.md');
  expect(printed('npx tinsmith check --config agent.config.yaml')).toMatch(/\nok\n/);
  const rows = printed('cat runs/first/metrics.jsonl').trimEnd().split('\n');
  expect(rows).toHaveLength(2);
  for (const row of rows) expect(row).toMatch(/"env\/all\/reward\/total":-?[\d.e-]+/);
  expect(printed('ls runs/first').split('\n')).toContain('rollouts.jsonl');
}, 600_000);

test('a guide is files and commands in order; other blocks are for reading', () => {
  const guide = `
Text.

\`\`\`sh
npm create tinsmith@latest my-run   # a comment
cd my-run
\`\`\`

\`\`\`ts
// src/index.ts
export const a = '// b.ts';
\`\`\`

\`\`\`ts
hook(StepEnd, () => {});
\`\`\`

\`\`\`yaml
# tinsmith.config.yaml
name: x
\`\`\`
`;
  expect(stepsOf(guide)).toEqual([
    { command: ['npm', 'create', 'tinsmith@latest', 'my-run'] },
    { command: ['cd', 'my-run'] },
    { file: 'src/index.ts', content: "// src/index.ts\nexport const a = '// b.ts';\n" },
    { file: 'tinsmith.config.yaml', content: '# tinsmith.config.yaml\nname: x\n' },
  ]);
});

test('a guide that leaves its folder, or goes where nothing is, fails', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tinsmith-guide-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const where of ['..', 'nowhere'])
    await expect(follow([{ command: ['cd', where] }], folder, withoutRegistry)).rejects.toThrow(where);
  await expect(follow([{ command: ['jq', '.'] }], folder, withoutRegistry)).rejects.toThrow('jq');
});
