import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { commandForPeople, localCommand } from './delegate.js';

function projects() {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'tinsmith-delegate-')));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
    return join(root, file);
  };
  const install = (folder: string) => {
    const place = `${folder}/node_modules/tinsmith`;
    write(`${place}/package.json`, '{ "bin": { "tinsmith": "./run.js" } }');
    return write(`${place}/run.js`, '');
  };
  return { root, write, install };
}

test("the project's own command is found from a folder below it, and from the folder of --config", () => {
  const { root, write, install } = projects();
  const own = write('global/run.js', '');
  const local = install('project');
  write('project/deep/x.yaml', '');
  expect(localCommand(['run'], join(root, 'project/deep'), own)).toBe(local);
  expect(localCommand(['run', '--config', 'project/deep/x.yaml'], root, own)).toBe(local);
  expect(localCommand(['run', '--config=project/deep/x.yaml'], root, own)).toBe(local);
  expect(localCommand(['run'], root, own)).toBeUndefined();
});

test('a command does not hand over to itself, however it was found', () => {
  const { root, install } = projects();
  const local = install('project');
  symlinkSync(join(root, 'project'), join(root, 'link'));
  expect(localCommand([], join(root, 'link'), local)).toBeUndefined();
  expect(
    localCommand([], join(root, 'project'), join(root, 'link/node_modules/tinsmith/run.js')),
  ).toBeUndefined();
});

test('people are told the command that works where they are', () => {
  const { root, write, install } = projects();
  install('project');
  write('project/deep/x.yaml', '');
  expect(commandForPeople(join(root, 'project/deep'), {})).toBe('npx tinsmith');
  expect(commandForPeople(root, {})).toBe('tinsmith');
  expect(commandForPeople(root, { TINSMITH_COMMAND: 'npm run tinsmith --' })).toBe('npm run tinsmith --');
});
