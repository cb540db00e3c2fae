import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const repository = fileURLToPath(new URL('../../', import.meta.url));

/** Runs the command on the sources, so that nothing has to be built. */
function golden(vectors: string, ...categories: string[]): { status: number | null; lines: string[] } {
  const hooks = join(repository, 'plugins/engine-local/src/worker/source-hooks.mjs');
  const args = [
    '--conditions=@tinsmith/source',
    '--import',
    hooks,
    join(repository, 'tools/golden/golden.mjs'),
  ];
  const { status, stdout } = spawnSync(process.execPath, [...args, ...categories], {
    encoding: 'utf8',
    env: { ...process.env, TINSMITH_GOLDEN: vectors },
  });
  return { status, lines: stdout.trim().split('\n') };
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tinsmith-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('a category without a case, one that does not exist, and none at all are failures', () => {
  const empty = temporaryFolder();
  mkdirSync(join(empty, 'engine'));
  for (const categories of [['engine'], ['algorithms'], ['engines'], []]) {
    const { status, lines } = golden(empty, ...categories);
    expect(status).toBe(1);
    expect(lines.at(-1)).toBe('0 passed, 1 failed, 0 skipped');
  }
});

test('a wrong number, an unknown kind and a missing tensor are failures, each on its line', () => {
  const vectors = temporaryFolder();
  const source = join(repository, 'fixtures/golden/engine');
  const { name } = readdirSync(source, { withFileTypes: true }).find(entry => entry.isDirectory())!;
  const folder = join(vectors, 'engine', 'another-name');
  cpSync(join(source, name), folder, { recursive: true });
  const file = JSON.parse(readFileSync(join(folder, 'case.json'), 'utf8')) as {
    checks: { kind: string; sequences: number[][] }[];
  };
  const good = file.checks.find(check => check.kind === 'logits')!;
  file.checks = [
    good,
    { ...good, sequences: good.sequences.map(tokens => tokens.map(token => (token === 0 ? 1 : 0))) },
    { ...good, kind: 'logit' },
    { ...good, id: 'logits-of-another-day' } as never,
  ];
  writeFileSync(join(folder, 'case.json'), JSON.stringify(file));

  const { status, lines } = golden(vectors, 'engine');
  expect(status).toBe(1);
  expect(lines).toEqual([
    expect.stringMatching(/^pass {2}engine\/another-name\/logits {2}logits \d\.\de-\d of 1\.0e-4$/),
    expect.stringMatching(
      /^FAIL {2}engine\/another-name\/logits {2}logits .* of 1\.0e-4 \(1 of 1 quantities\)$/,
    ),
    'FAIL  engine/another-name/logits  unknown kind of check "logit"',
    'FAIL  engine/another-name/logits-of-another-day  expected.safetensors has no tensor "logits-of-another-day/logits"',
    '1 passed, 3 failed, 0 skipped',
  ]);
});
