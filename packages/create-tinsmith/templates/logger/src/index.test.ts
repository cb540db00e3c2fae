import { MetricSinks } from '@tinsmith/core';
import { createTestKit, metricSinkConformance } from '@tinsmith/testkit';
import { expect, test } from 'vitest';
import {{camel}} from './index.js';

metricSinkConformance(() => {{camel}}());

test('writes one line per metric, and each step once after a resume', async () => {
  await using kit = await createTestKit({ plugins: [{{camel}}({ file: 'm.tsv' })] });
  const [sink] = await kit.get(MetricSinks);
  await sink!.write({ step: 0, metrics: { loss: 2 } });
  await sink!.write({ step: 1, metrics: { loss: 1 } });
  await sink!.open!({ nextStep: 1 });
  await sink!.write({ step: 1, metrics: { loss: 1.5 } });
  expect(kit.files()).toEqual({ 'm.tsv': '0\t"loss"\t2\n1\t"loss"\t1.5\n' });
});
