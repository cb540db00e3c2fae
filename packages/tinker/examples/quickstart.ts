/**
 * Train, sample, save and go on: against the hosted service, SkyRL or the stub.
 *   TINKER_API_KEY=tml-... TINKER_BASE_URL=... node quickstart.ts [base model]
 */
import { modelInput, nextTokenDatum, ServiceClient } from '@tinsmith/tinker';

const baseModel = process.argv[2] ?? 'Qwen/Qwen3-8B';
await using service = new ServiceClient({ userMetadata: { example: 'quickstart' } });
const { version, evidence } = await service.dialect();
console.log(`dialect of SDK ${version}: ${evidence}`);

const training = await service.createLoraTrainingClient({ baseModel, rank: 8, seed: 1 });
const data = [nextTokenDatum([1, 2, 3, 4, 5]), nextTokenDatum([9, 8, 7], [0, 1])];

for (let step = 0; step < 3; step++) {
  // Both are on their way before the first result is waited for.
  const pass = training.forwardBackward(data, 'cross_entropy');
  const update = training.optimStep({ learningRate: 1e-4 });
  const { metrics } = await pass.result();
  await update.result();
  console.log(`step ${step}: loss ${metrics['loss:sum']}`);
}

const sampler = await training.saveWeightsAndGetSamplingClient();
const { sequences } = await sampler.sample({
  prompt: modelInput([1, 2, 3]),
  numSamples: 2,
  samplingParams: { maxTokens: 8, temperature: 0.7, seed: 1 },
});
for (const { tokens, stopReason } of sequences) console.log(`sampled ${tokens.join(' ')} (${stopReason})`);

const { path } = await training.saveState('quickstart', { overwrite: true, ttlSeconds: 86_400 }).result();
const resumed = await service.createTrainingClientFromStateWithOptimizer(path);
console.log(`goes on as ${resumed.modelId} from ${path}`);
