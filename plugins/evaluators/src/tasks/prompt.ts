/** How a question is put to the model. */
import type { Message } from '@tinsmith/core';
import { z } from 'zod';

/** What the reference recommends for mathematics. */
export const BOXED = String.raw`Put your final answer in \boxed{}.`;

export const systemPrompt = z
  .string()
  .nullable()
  .default(BOXED)
  .describe('null: none, for models without a system role.');

export const promptMessages = (question: string, system: string | null): readonly Message[] => [
  ...(system === null ? [] : [{ role: 'system', content: system }]),
  { role: 'user', content: question },
];
