/** The table of models in the documentation is the registry's. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { knownModels } from '../src/index.js';

const page = join(import.meta.dirname, '../../../docs/explain/renderers.md');

function modelTable(): string {
  const rows = [...knownModels].map(([name, { renderers }]) => [
    `\`${name}\``,
    renderers.map(renderer => `\`${renderer}\``).join(', '),
  ]);
  const header = ['model', 'renderers'];
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map(row => row[column]!.length)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  return [line(header), line(widths.map(width => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

test('the documentation names the renderers of every known model', () => {
  const text = readFileSync(page, 'utf8');
  const updated = text.replace(
    /(<!-- models:[^]*?-->\n)[^]*?(<!-- \/models -->)/,
    (_, begin: string, end: string) => `${begin}\n${modelTable()}\n\n${end}`,
  );
  if (process.env['TINSMITH_UPDATE'] === '1') writeFileSync(page, updated);
  expect(updated).toContain(modelTable());
  if (process.env['TINSMITH_UPDATE'] !== '1') expect(text).toBe(updated);
});
