import { MetricSinks } from '@tinsmith/core';
import { createTestKit, metricSinkConformance, TestDirectory } from '@tinsmith/testkit';
import { expect, onTestFinished, test } from 'vitest';
import jsonl from './index.js';
import { metricsFile } from './metrics-file.js';

metricSinkConformance(() => jsonl());

test('writes one line of JSON per step', async () => {
  await using kit = await createTestKit({ plugins: [jsonl({ file: 'm.jsonl' })] });
  const [sink] = await kit.get(MetricSinks);
  await sink!.write({ step: 0, metrics: { 'env/all/reward/total': 0.5 } });
  await sink!.write({ step: 1, metrics: { 'env/all/reward/total': 0.75 } });
  expect(kit.files()).toEqual({
    'm.jsonl': '{"step":0,"env/all/reward/total":0.5}\n{"step":1,"env/all/reward/total":0.75}\n',
  });
});

test('a fresh run makes no file before the first step', async () => {
  const directory = newDirectory();
  await metricsFile(directory, 'metrics.jsonl').open!({ nextStep: 0 });
  expect(directory.files()).toEqual({});
});

test('what a lost attempt wrote after the checkpoint is moved aside, and each step stands once', async () => {
  const directory = newDirectory();
  const first = metricsFile(directory, 'metrics.jsonl');
  for (const step of [0, 1, 2, 3]) await first.write({ step, metrics: { loss: step } });

  const second = metricsFile(directory, 'metrics.jsonl');
  await second.open!({ nextStep: 2 });
  for (const step of [2, 3]) await second.write({ step, metrics: { loss: -step } });
  expect(directory.files()).toEqual({
    'metrics.jsonl': rows(['0', '0'], ['1', '1'], ['2', '-2'], ['3', '-3']),
    'metrics.superseded.jsonl': rows(['2', '2'], ['3', '3']),
  });

  await metricsFile(directory, 'metrics.jsonl').open!({ nextStep: 3 });
  expect(directory.files()['metrics.superseded.jsonl']).toBe(rows(['2', '2'], ['3', '3'], ['3', '-3']));
});

test('a last line that a kill has torn is dropped, one that only lacks its newline is kept', async () => {
  const directory = newDirectory();
  await directory.write('metrics.jsonl', `${rows(['0', 'NaN'])}{"step":1,"lo`);
  await metricsFile(directory, 'metrics.jsonl').open!({ nextStep: 9 });
  expect(directory.files()).toEqual({ 'metrics.jsonl': rows(['0', 'NaN']) });

  await directory.write('metrics.jsonl', rows(['0', 'NaN'], ['1', '2']).trimEnd());
  await metricsFile(directory, 'metrics.jsonl').open!({ nextStep: 9 });
  expect(directory.files()).toEqual({ 'metrics.jsonl': rows(['0', 'NaN'], ['1', '2']) });
});

test('lines that it did not write stay where they are', async () => {
  const directory = newDirectory();
  const content = `# a note\n{"other":1}\n${rows(['0', '1'])}`;
  await directory.write('metrics.jsonl', content + rows(['1', '1']));
  await metricsFile(directory, 'metrics.jsonl').open!({ nextStep: 1 });
  expect(directory.files()['metrics.jsonl']).toBe(content);
});

test('a flush brings the rows to the disk, and needs none', async () => {
  const directory = newDirectory();
  const onDisk: unknown[] = [];
  const sync = directory.sync.bind(directory);
  directory.sync = async file => {
    await sync(file);
    onDisk.push(await directory.read(file));
  };
  const sink = metricsFile(directory, 'metrics.jsonl');
  await sink.flush!();
  await sink.write({ step: 0, metrics: { loss: 1 } });
  await sink.flush!();
  expect(onDisk).toEqual([undefined, rows(['0', '1'])]);
});

test('a file that is in order is not written again', async () => {
  const directory = newDirectory();
  await directory.write('metrics.jsonl', rows(['0', '1']));
  directory.write = () => Promise.reject(new Error('must not write'));
  await metricsFile(directory, 'metrics.jsonl').open!({ nextStep: 1 });
});

test('a kill between copying and cutting loses nothing and copies nothing twice', async () => {
  const directory = newDirectory();
  const content = rows(['0', '1'], ['1', '2']);
  await directory.write('metrics.jsonl', content);

  const killed = new TestDirectory(directory.path);
  killed.write = (file, text) =>
    file === 'metrics.jsonl' ? Promise.reject(new Error('killed')) : directory.write(file, text);
  await expect(metricsFile(killed, 'metrics.jsonl').open!({ nextStep: 1 })).rejects.toThrow('killed');
  expect(directory.files()).toEqual({
    'metrics.jsonl': content,
    'metrics.superseded.jsonl': rows(['1', '2']),
  });

  await metricsFile(directory, 'metrics.jsonl').open!({ nextStep: 1 });
  expect(directory.files()).toEqual({
    'metrics.jsonl': rows(['0', '1']),
    'metrics.superseded.jsonl': rows(['1', '2']),
  });
});

const rows = (...given: [step: string, loss: string][]) =>
  given.map(([step, loss]) => `{"step":${step},"loss":${loss}}\n`).join('');

function newDirectory(): TestDirectory {
  const directory = new TestDirectory();
  onTestFinished(() => directory.remove());
  return directory;
}
