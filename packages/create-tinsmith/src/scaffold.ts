/** Writes a project or a plugin from the templates, into a new folder. All or nothing. */
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Kind } from './kinds.js';

export interface ScaffoldOptions {
  readonly kind: Kind;
  /** The folder to make; its last part becomes the name. */
  readonly folder: string;
}

/** A problem that the user can do something about. */
export class ScaffoldError extends Error {
  readonly code: string;
  readonly fix: string;
  constructor(code: string, message: string, fix: string) {
    super(message);
    this.code = code;
    this.fix = fix;
  }
}

const packageFolder = join(dirname(fileURLToPath(import.meta.url)), '..');
/** npm leaves the first two out of a package under their own names, and a second package.json misleads tools. */
const RENAMED = { _gitignore: '.gitignore', _npmrc: '.npmrc', '_package.json': 'package.json' } as const;

/** Returns the paths of the files, relative to the folder. Throws ScaffoldError, with nothing written. */
export function scaffold({ kind, folder }: ScaffoldOptions): readonly string[] {
  const target = resolve(folder);
  const name = packageName(kind, basename(target));
  if (existsSync(target)) {
    throw new ScaffoldError(
      'FOLDER_EXISTS',
      `the folder ${folder} exists already`,
      'give another name, or remove it',
    );
  }
  if (!existsSync(dirname(target))) {
    throw new ScaffoldError('FOLDER_MISSING', `there is no folder ${dirname(target)}`, 'make it first');
  }
  const draft = mkdtempSync(join(dirname(target), `.${basename(target)}-`));
  try {
    for (const template of kind === 'project' ? ['project'] : ['plugin', kind]) {
      cpSync(join(packageFolder, 'templates', template), draft, { recursive: true });
    }
    const files = filesBelow(draft).map(file => fill(draft, file, placeholders(kind, name)));
    renameSync(draft, target);
    return files;
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw error;
  }
}

/** A plugin's name says that it is one: `tinsmith-<kind>-<name>`. */
function packageName(kind: Kind, name: string): string {
  if (!/^[a-z0-9][a-z0-9._-]*$/.test(name)) {
    throw new ScaffoldError(
      'NAME_INVALID',
      `"${name}" can't be the name of a package`,
      'use lower-case letters, digits and hyphens',
    );
  }
  return kind === 'project' || name.startsWith('tinsmith-') ? name : `tinsmith-${kind}-${name}`;
}

function placeholders(kind: Kind, name: string): Readonly<Record<string, string>> {
  const short = name.replace(`tinsmith-${kind}-`, '').replace(/^tinsmith-/, '');
  const words = short.split(/[^a-z0-9]+/).filter(Boolean);
  const camel = words.map((word, i) => (i === 0 ? word : word[0]!.toUpperCase() + word.slice(1))).join('');
  const identifier = /^\d/.test(camel) ? `_${camel}` : camel;
  return {
    name,
    kind,
    short,
    camel: identifier,
    pascal: identifier[0]!.toUpperCase() + identifier.slice(1),
    snake: words.join('_'),
    ...versions(),
  };
}

/** `version:<package>`: the ranges that this release was made and tested with. */
function versions(): Readonly<Record<string, string>> {
  const manifest = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  return Object.fromEntries(
    Object.entries(manifest.devDependencies).map(([name, range]) => [`version:${name}`, range]),
  );
}

/** Fills in one file and gives it its own name. Returns its path. */
function fill(folder: string, file: string, values: Readonly<Record<string, string>>): string {
  const text = readFileSync(join(folder, file), 'utf8').replaceAll(
    /\{\{([\w:@/.-]+)\}\}/g,
    (_, key: string) => {
      const value = values[key];
      if (value === undefined) throw new Error(`the template ${file} has an unknown placeholder ${key}`);
      return value;
    },
  );
  const named = basename(file);
  const own = Object.hasOwn(RENAMED, named)
    ? join(dirname(file), RENAMED[named as keyof typeof RENAMED])
    : file;
  rmSync(join(folder, file));
  writeFileSync(join(folder, own), text);
  return own;
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted();
}
