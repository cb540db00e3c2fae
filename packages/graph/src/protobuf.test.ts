import { expect, test } from 'vitest';
import { Message } from './protobuf.js';

// Bytes from the protocol buffers encoding guide: https://protobuf.dev/programming-guides/encoding/
test('encodes the examples of the format', () => {
  expect(new Message().int(1, 150).encode()).toEqual(Uint8Array.of(0x08, 0x96, 0x01));
  expect(new Message().string(2, 'testing').encode()).toEqual(
    Uint8Array.of(0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67),
  );
  expect(new Message().message(3, new Message().int(1, 150)).encode()).toEqual(
    Uint8Array.of(0x1a, 0x03, 0x08, 0x96, 0x01),
  );
});

test('encodes negative integers as ten bytes, large field numbers and floats', () => {
  expect(new Message().int(1, -2).encode()).toEqual(
    Uint8Array.of(0x08, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01),
  );
  expect(new Message().int(20, 1).encode()).toEqual(Uint8Array.of(0xa0, 0x01, 0x01));
  expect(new Message().float(2, 1).encode()).toEqual(Uint8Array.of(0x15, 0, 0, 0x80, 0x3f));
});
