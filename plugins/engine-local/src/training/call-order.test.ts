import { expect, test } from 'vitest';
import { CallOrder } from './call-order.js';

function recorder() {
  const sent: string[] = [];
  const order = new CallOrder();
  const submit = (name: string) =>
    order.submit(async () => {
      sent.push(name);
      return name;
    });
  const hold = (name: string, between: Promise<void>) =>
    order.hold(async release => {
      sent.push(`${name} 1`);
      await between;
      sent.push(`${name} 2`);
      release();
      return name;
    });
  return { sent, submit, hold, order };
}

test('a call is sent at once when nothing holds the order', () => {
  const { sent, submit } = recorder();
  void submit('a');
  expect(sent).toEqual(['a']);
});

test('calls made while a call of several parts runs are sent behind its last part, in their order', async () => {
  const { sent, submit, hold } = recorder();
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const calls = [
    hold('x', gates[0]!.promise),
    submit('a'),
    hold('y', gates[1]!.promise),
    submit('b'),
    submit('c'),
  ];
  expect(sent).toEqual(['x 1']);
  gates[0]!.resolve();
  await calls[1];
  calls.push(submit('d'));
  gates[1]!.resolve();
  expect(await Promise.all(calls)).toEqual(['x', 'a', 'y', 'b', 'c', 'd']);
  expect(sent).toEqual(['x 1', 'x 2', 'a', 'y 1', 'y 2', 'b', 'c', 'd']);
});

test('a call that fails between its parts holds nothing any more', async () => {
  const { sent, submit, order } = recorder();
  const failed = order.hold(async () => {
    await Promise.resolve();
    throw new Error('no');
  });
  const after = submit('a');
  await expect(failed).rejects.toThrow('no');
  await after;
  expect(sent).toEqual(['a']);
});
