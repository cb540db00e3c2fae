import { Readable } from 'node:stream';
import local from '@tinsmith/engine-local';
import pocket from '@tinsmith/model-pocket';
import renderers from '@tinsmith/renderers-chat';
import { createTestKit } from '@tinsmith/testkit';
import { type CommandContext, Commands, definePlugin, Engines, Models, Renderers } from '@tinsmith/core';
import { expect, test } from 'vitest';
import { chatCommand } from './chat.js';
import { readRequest } from './request.js';

async function talk(lines: readonly string[], args: readonly string[]) {
  const said: string[] = [];
  const warned: string[] = [];
  const input = Readable.from(lines.map(line => `${line}\n`));
  const chatPlugin = definePlugin({
    name: 'chat',
    version: '0.0.0',
    setup: ({ provide }) =>
      provide(Commands, 'chat', {
        deps: { engines: Engines, models: Models, renderers: Renderers },
        create: registries => chatCommand(registries, input),
      }),
  });
  await using kit = await createTestKit({
    plugins: [local({ threads: 1 }), pocket(), renderers(), chatPlugin()],
  });
  const context: CommandContext = {
    arguments: args,
    cwd: process.cwd(),
    print: line => void said.push(line),
    warn: line => void warned.push(line),
    signal: new AbortController().signal,
  };
  await (await kit.get(Commands, 'chat')).run(context);
  return { said, warned };
}

test('answers line by line, the same words the same way, until /exit', async () => {
  const question = 'What is 2 + 3?';
  const { said, warned } = await talk(
    [question, '/restart', question, '/restrat', '', '/exit', question],
    ['pocket', '--temperature', '0', '--max-tokens', '8'],
  );
  expect(said).toEqual(['5', '5']);
  expect(warned).toEqual(['there is no /restrat; /restart, /system TEXT, /exit']);
});

test('a turn that is too long for the model is refused, and the talk goes on', async () => {
  const { said, warned } = await talk(
    ['word '.repeat(2000), 'What is 2 + 3?'],
    ['pocket', '--temperature', '0', '--max-tokens', '8'],
  );
  expect(warned).toEqual([expect.stringMatching(/^no answer: /)]);
  expect(said).toEqual(['5']);
});

test.each([
  [[], 'ARGUMENT_MISSING'],
  [['a', 'b'], 'ARGUMENT_INVALID'],
  [['a', '--at', '000020'], 'ARGUMENT_INVALID'],
  [['a', '--temperature', 'warm'], 'ARGUMENT_INVALID'],
  [['a', '--max-tokens', '0'], 'ARGUMENT_INVALID'],
  [['a', '--sytem', 'x'], 'FLAG_UNKNOWN'],
])('refuses %j', (args, code) => {
  expect(() => readRequest(args, process.cwd())).toThrow(expect.objectContaining({ code }));
});
