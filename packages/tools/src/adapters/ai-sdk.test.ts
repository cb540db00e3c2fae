import { jsonSchema, tool } from 'ai';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { fromAiSdk } from './ai-sdk.js';

const context = { signal: new AbortController().signal, callId: 'c1' };

test("the SDK's own tools are used as they are", async () => {
  const seen: unknown[] = [];
  const [weather] = fromAiSdk({
    weather: tool({
      description: 'The weather of a place.',
      inputSchema: z.object({ place: z.string() }),
      async execute({ place }, { toolCallId, abortSignal }) {
        seen.push(toolCallId, abortSignal);
        return { place, degrees: 21 };
      },
    }),
  });
  expect(weather).toMatchObject({
    name: 'weather',
    description: 'The weather of a place.',
    parameters: { type: 'object', properties: { place: { type: 'string' } }, required: ['place'] },
  });
  expect(await weather!.execute({ place: 'Ulm' } as never, context)).toEqual({
    content: '{"place":"Ulm","degrees":21}',
  });
  expect(seen).toEqual(['c1', context.signal]);
});

test('JSON Schema, preliminary results and an output for the model', async () => {
  const parameters = { type: 'object', properties: { n: { type: 'number' } } } as const;
  const [count] = fromAiSdk({
    count: tool({
      description: 'Counts.',
      inputSchema: jsonSchema<{ n: number }>(parameters, {
        validate: value =>
          typeof (value as { n?: unknown }).n === 'number'
            ? { success: true, value: value as { n: number } }
            : { success: false, error: new Error('n must be a number') },
      }),
      async *execute({ n }) {
        for (let i = 1; i <= n; i++) yield i;
      },
      toModelOutput: ({ output }) => ({ type: 'text', value: `${String(output)} in all` }),
    }),
  });
  expect(count!.parameters).toEqual(parameters);
  expect(await count!.execute({ n: 3 } as never, context)).toEqual({ content: '3 in all' });
  expect(await count!.arguments['~standard'].validate({ n: 'x' })).toEqual({
    issues: [{ message: 'n must be a number' }],
  });
  expect(await count!.arguments['~standard'].validate({ n: 1 })).toEqual({ value: { n: 1 } });
});

test('a tool that nobody here can carry out is refused', () => {
  const withoutExecute = { ask: tool({ description: '', inputSchema: z.object({}) }) };
  expect(() => fromAiSdk(withoutExecute)).toThrow(expect.objectContaining({ code: 'TOOL_INVALID' }));
  expect(() => fromAiSdk({ ask: { inputSchema: 1, execute: () => '' } })).toThrow(
    expect.objectContaining({ code: 'TOOL_INVALID' }),
  );
});
