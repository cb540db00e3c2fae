/** What `--help` shows, laid out for a terminal of 80 columns. */
import type { ArgDef, ArgsDef, CommandDef, CommandMeta } from 'citty';

const width = 80;
/** The widest that the column of labels gets. */
const widest = 24;

/** Name and what it does. */
export type UsageRow = readonly [label: string, text: string];

/** One subcommand: how it is called, what it does, its arguments. */
export async function commandUsage(command: CommandDef): Promise<string> {
  const { name = '', description = '' } = (await valueOf(command.meta)) ?? {};
  const args = Object.entries((await valueOf(command.args)) ?? {});
  const words = args.filter(([, { type }]) => type === 'positional').map(([word]) => `[${label(word)}]`);
  return [
    [`tinsmith ${name}`, ...words, '[FLAGS]'].join(' '),
    '',
    ...wrapped(description, width),
    '',
    ...rows(args.map(([word, definition]) => [label(word, definition), definition.description ?? ''])),
    '',
  ].join('\n');
}

/** The whole command: its subcommands, and those that plugins add. */
export function overview(
  title: string,
  commands: readonly UsageRow[],
  ofPlugins: readonly UsageRow[],
): string {
  return [
    ...wrapped(title, width),
    '',
    ...rows(commands),
    ...(ofPlugins.length > 0 ? ['', 'Commands of plugins', ...rows(ofPlugins)] : []),
    '',
    '  tinsmith COMMAND --help says what a command takes.',
    '',
  ].join('\n');
}

/** `NAME` for a word, `--config FILE` for a flag. */
const label = (name: string, definition?: ArgDef): string =>
  definition === undefined || definition.type === 'positional'
    ? name.toUpperCase()
    : definition.type === 'boolean'
      ? `--${name}`
      : `--${name} ${('valueHint' in definition && definition.valueHint) || 'VALUE'}`;

/** Two columns; a label that is too long for its own has a line to itself. */
function rows(list: readonly UsageRow[]): readonly string[] {
  const column = Math.min(widest, Math.max(...list.map(([name]) => name.length + 4)));
  return list.flatMap(([name, text]) => {
    const [first = '', ...rest] = wrapped(text, width - column);
    const indent = ' '.repeat(column);
    const head = `  ${name}`;
    return head.length + 2 > column
      ? [head, indent + first, ...rest.map(line => indent + line)]
      : [head.padEnd(column) + first, ...rest.map(line => indent + line)];
  });
}

function wrapped(text: string, columns: number): readonly string[] {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!;
    if (line !== '' && line.length + 1 + word.length > columns) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
}

/** Of what citty lets be given as it is, or by a function. */
function valueOf<T extends ArgsDef | CommandMeta>(
  given: T | Promise<T> | (() => T | Promise<T>) | undefined,
): T | Promise<T> | undefined {
  return typeof given === 'function' ? given() : given;
}
