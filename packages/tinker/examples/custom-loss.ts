/**
 * A loss of one's own: the squared distance of every log-probability from a target, with its gradient.
 *   TINKER_API_KEY=tml-... TINKER_BASE_URL=... node custom-loss.ts [base model]
 */
import { nextTokenDatum, ServiceClient } from '@tinsmith/tinker';

const TARGET = -1;
await using service = new ServiceClient();
const training = await service.createLoraTrainingClient({ baseModel: process.argv[2] ?? 'Qwen/Qwen3-8B' });

const pass = training.forwardBackwardCustom([nextTokenDatum([1, 2, 3, 4])], (_data, logprobs) => {
  const gradients = logprobs.map(each => each.map(logprob => 2 * (logprob - TARGET)));
  const loss = logprobs
    .flatMap(each => Array.from(each, logprob => (logprob - TARGET) ** 2))
    .reduce((a, b) => a + b, 0);
  return { loss, gradients };
});
const update = training.optimStep({ learningRate: 1e-4 });
console.log(`loss ${(await pass.result()).metrics['loss:sum']}`);
await update.result();
