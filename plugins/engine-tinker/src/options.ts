/** Options of the remote engine. */
import { z } from 'zod';

const price = z.number().min(0);

export const engineTinkerOptions = z.strictObject({
  baseUrl: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('The service. Default: TINKER_BASE_URL, else hosted Tinker.'),
  dialect: z
    .enum(['auto', '0.38.0', '0.25.0'])
    .default('auto')
    .describe('The Python SDK whose protocol is spoken. auto: the server is asked, and the answer is shown.'),
  project: z
    .string()
    .min(1)
    .optional()
    .describe('Id of the project at the service. Default: TINKER_PROJECT_ID.'),
  deadlineSeconds: z
    .number()
    .positive()
    .default(3600)
    .describe('How long the result of any call is waited for, its time in a queue included.'),
  tokenizers: z
    .record(z.string(), z.string().min(1))
    .default({})
    .describe('Base model to the hub id or the folder of its tokenizer, where the name does not say it.'),
  maxTokens: z
    .int()
    .positive()
    .optional()
    .describe(
      'Tokens that a run may use, read, written and trained on together. It stops before, with a checkpoint.',
    ),
  maxCost: z
    .number()
    .positive()
    .optional()
    .describe('US dollars that a run may spend by the price table. It stops before, with a checkpoint.'),
  prices: z
    .record(z.string(), z.strictObject({ prefill: price, sample: price, train: price }))
    .default({})
    .describe('Base model to US dollars per million tokens: prefill, sample, train.'),
});
