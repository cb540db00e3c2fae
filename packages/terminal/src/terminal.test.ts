import { expect, test } from 'vitest';
import { describeTerminal, type Output } from './terminal.js';

const output = (isTTY = true): Output & { columns?: number } => ({
  isTTY,
  columns: 100,
  writable: true,
  write: () => true,
  on: () => undefined,
  off: () => undefined,
});

const describeWith = (environment: Record<string, string>, isTTY = true) =>
  describeTerminal(output(isTTY), { LANG: 'en_GB.UTF-8', TERM: 'xterm', ...environment }, 'linux');
const isColored = (terminal: ReturnType<typeof describeWith>) => terminal.paint('red', 'x') !== 'x';

test('a terminal has colours and a line that is redrawn', () => {
  const terminal = describeWith({});
  expect(terminal).toMatchObject({ isLive: true, isUnicode: true });
  expect(isColored(terminal)).toBe(true);
});

test('a pipe has neither', () => {
  const terminal = describeWith({}, false);
  expect(terminal.isLive).toBe(false);
  expect(isColored(terminal)).toBe(false);
});

test('TERM=dumb has neither', () => {
  const terminal = describeWith({ TERM: 'dumb' });
  expect(terminal.isLive).toBe(false);
  expect(isColored(terminal)).toBe(false);
});

test('NO_COLOR takes the colours away, an empty one does not', () => {
  expect(isColored(describeWith({ NO_COLOR: '1' }))).toBe(false);
  expect(describeWith({ NO_COLOR: '1' }).isLive).toBe(true);
  expect(isColored(describeWith({ NO_COLOR: '' }))).toBe(true);
});

test.each([
  [{ LANG: 'en_GB.UTF-8' }, true],
  [{ LANG: 'C.utf8' }, true],
  [{ LANG: 'de_DE.ISO-8859-1' }, false],
  [{ LANG: '' }, false],
  [{ LANG: 'en_GB.UTF-8', LC_ALL: 'C' }, false],
  [{ LANG: 'C', LC_CTYPE: 'C.UTF-8' }, true],
])('with the locale %j Unicode is %s', (environment, expected) => {
  expect(describeWith(environment).isUnicode).toBe(expected);
});

test('follows the width of the window', () => {
  const screen = output();
  const terminal = describeTerminal(screen, {});
  screen.columns = 50;
  expect(terminal.width()).toBe(50);
  screen.columns = 0;
  expect(terminal.width()).toBe(80);
});
