/** The command line of `npm create tinsmith`. */
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { isKind, type Kind, kinds } from './kinds.js';
import { scaffold, ScaffoldError } from './scaffold.js';

const USAGE = `npm create tinsmith@latest [FOLDER] [-- --kind KIND]

${Object.entries(kinds)
  .map(([kind, what]) => `  ${kind.padEnd(12)} ${what}`)
  .join('\n')}`;

/** Returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { kind: { type: 'string' }, help: { type: 'boolean' } },
    });
    if (values.help) {
      console.log(USAGE);
      return 0;
    }
    const kind = await chosenKind(values.kind);
    const folder = positionals[0] ?? (await ask('Folder', kind === 'project' ? 'my-tinsmith' : `my-${kind}`));
    const files = scaffold({ kind, folder });
    console.log(
      `Made ${folder}:\n${files.map(file => `  ${file}`).join('\n')}\n\nNext:\n${nextSteps(kind, folder)}`,
    );
    return 0;
  } catch (error) {
    if (error instanceof ScaffoldError) {
      console.error(`error ${error.code}   ${error.message}\n  try    ${error.fix}`);
      return 2;
    }
    if ((error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS')) {
      console.error(`error ARGUMENT_UNKNOWN   ${(error as Error).message}\n\n${USAGE}`);
      return 2;
    }
    throw error;
  }
}

async function chosenKind(given: string | undefined): Promise<Kind> {
  const kind = given ?? (await ask(`Kind (${Object.keys(kinds).join(', ')})`, 'project'));
  if (isKind(kind)) return kind;
  throw new ScaffoldError(
    'KIND_UNKNOWN',
    `there is no kind "${kind}"`,
    `one of ${Object.keys(kinds).join(', ')}`,
  );
}

/** The answer, or the default without a terminal. */
async function ask(question: string, byDefault: string): Promise<string> {
  if (!process.stdin.isTTY) return byDefault;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`${question} [${byDefault}]: `);
  terminal.close();
  return answer.trim() || byDefault;
}

function nextSteps(kind: Kind, folder: string): string {
  const commands = kind === 'project' ? ['npm install', 'npm start'] : ['npm install', 'npm test'];
  return [`cd ${folder}`, ...commands].map(command => `  ${command}`).join('\n');
}
