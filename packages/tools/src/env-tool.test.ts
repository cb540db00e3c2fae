import { defineTool, type ToolCall } from '@tinsmith/core';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { toEnvTool, type ToolLimits } from './env-tool.js';

const call: ToolCall = { id: 'c1', function: { name: 'tool', arguments: '{}' } };
type Execute = Parameters<typeof defineTool>[0]['execute'];

function run(execute: Execute, input: Readonly<Record<string, unknown>> = {}, limits: ToolLimits = {}) {
  const schema = z.object({ count: z.int().default(1) });
  const tool = defineTool({ name: 'tool', description: '', arguments: schema, execute });
  return toEnvTool(tool, { signal: new AbortController().signal, ...limits }).run(input, call);
}

test('gives what the tool gives, with arguments as the schema makes them', async () => {
  expect(await run(given => JSON.stringify(given))).toEqual({ content: '{"count":1}' });
  const result = { content: [{ type: 'text', text: 'a' }] as const, stop: true, metrics: { found: 2 } };
  expect(await run(() => result)).toEqual(result);
  expect(await run((_, { callId }) => String(callId))).toEqual({ content: 'c1' });
});

test('arguments that the schema refuses never reach the tool', async () => {
  expect(await run(() => Promise.reject(new Error('reached')), { count: 'many' })).toEqual({
    content: expect.stringMatching(/^\{"error": "Invalid arguments: count: .*"\}$/),
    metrics: { tool_invalid_arguments: 1 },
  });
});

test.each([
  [
    'throws',
    () => {
      throw new Error('no "luck"');
    },
  ],
  [
    'rejects',
    async () => {
      throw new Error('no "luck"');
    },
  ],
])('a tool that %s is an answer', async (_, execute) => {
  expect(await run(execute)).toEqual({ content: '{"error": "no \\"luck\\""}', metrics: { tool_error: 1 } });
});

test('a tool that hangs is left behind, and is told so', async () => {
  let told: AbortSignal | undefined;
  const hanging: Execute = (_, { signal }) => ((told = signal), new Promise<string>(() => {}));
  expect(await run(hanging, {}, { timeoutSeconds: 0.02 })).toEqual({
    content: '{"error": "The tool did not answer within 0.02 seconds"}',
    metrics: { tool_timeout: 1 },
  });
  expect(told!.aborted).toBe(true);
});

test('10 MB are cut, in texts and in parts', async () => {
  const limits = { maxResultCharacters: 100 };
  const long = await run(() => 'x'.repeat(10 * 2 ** 20), {}, limits);
  const note = '\n[cut off after 100 of 10485760 characters]';
  expect(long).toEqual({ content: 'x'.repeat(100) + note, metrics: { tool_truncated: 1 } });
  const text = 'y'.repeat(60);
  const parts = await run(
    () => ({
      content: [
        { type: 'text', text },
        { type: 'text', text },
      ],
    }),
    {},
    limits,
  );
  expect(parts.content).toMatchObject([
    { text },
    { text: 'y'.repeat(40) },
    { text: '\n[cut off after 100 of 120 characters]' },
  ]);
});

test('a result that is no text is the tool’s error', async () => {
  expect(await run(() => 7 as never)).toMatchObject({ metrics: { tool_error: 1 } });
  expect(await run(() => undefined as never)).toMatchObject({ metrics: { tool_error: 1 } });
});

const hanging = () => new Promise<string>(() => {});

test('when the episodes are over, nobody waits', async () => {
  const over = new AbortController();
  const tool = defineTool({ name: 'tool', description: '', arguments: z.object({}), execute: hanging });
  const running = toEnvTool(tool, { signal: over.signal }).run({}, call);
  over.abort(new Error('over'));
  await expect(running).rejects.toThrow('over');
});
