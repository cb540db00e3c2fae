import { expect, test } from 'vitest';
import { Screen } from '../test/screen.js';
import { LiveLine } from './live-line.js';

const newLine = () => {
  const screen = new Screen();
  const other = { write: (text: string) => screen.write(text) };
  return { screen, other, line: new LiveLine(screen, [screen, other] as never) };
};

test('each text takes the place of the one before', () => {
  const { screen, line } = newLine();
  line.show('a long text');
  line.show('short');
  expect(screen.lines).toEqual(['short']);
});

test('what others write appears above it, on whichever stream', () => {
  const { screen, other, line } = newLine();
  line.show('live');
  other.write('a warning\n');
  screen.write('a result\n');
  expect(screen.lines).toEqual(['a warning', 'a result', 'live']);
});

test('waits while others are in the middle of a line', () => {
  const { screen, line } = newLine();
  line.show('live');
  screen.write('half');
  line.show('still live');
  expect(screen.lines).toEqual(['half']);
  screen.write(' and half\n');
  expect(screen.lines).toEqual(['half and half', 'still live']);
});

test('leaves nothing behind, neither on the screen nor on the streams', () => {
  const { screen, other, line } = newLine();
  const before = { screen: screen.write, other: other.write };
  line.show('live');
  expect(screen.write).not.toBe(before.screen);
  line.clear();
  line.clear();
  expect(screen.lines).toEqual(['']);
  expect({ screen: screen.write, other: other.write }).toEqual(before);
});

test('can come back after it was cleared', () => {
  const { screen, line } = newLine();
  line.show('one');
  line.clear();
  screen.write('between\n');
  line.show('two');
  expect(screen.lines).toEqual(['between', 'two']);
});
