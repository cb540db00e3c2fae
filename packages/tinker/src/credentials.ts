/**
 * `@tinsmith/tinker/credentials`: keys from a command or from the file of `tinker auth login` (protocol, section 2.4), for
 * Node, Deno and Bun. Give one as `apiKey`; it is asked on every use and keeps nothing.
 */
import { exec } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { badInput } from './errors.js';

/** What the command prints is the key. Default: the command in TINKER_CREDENTIAL_CMD. */
export function credentialFromCommand(command?: string): () => Promise<string> {
  return async () => {
    const line = command ?? process.env['TINKER_CREDENTIAL_CMD'];
    if (!line) throw badInput('no command for the credential: set TINKER_CREDENTIAL_CMD');
    try {
      const { stdout } = await promisify(exec)(line, { timeout: 60_000 });
      return stdout.trim();
    } catch (error) {
      // The error of exec carries the command's output, which may be the key.
      const { code } = error as { code?: number };
      throw badInput(`the credential command failed (exit ${code ?? 'unknown'})`);
    }
  };
}

/** The default key of `~/.tinker/credentials.json`. */
export function credentialFromFile(
  file = join(homedir(), '.tinker', 'credentials.json'),
): () => Promise<string> {
  return async () => {
    const text = await readFile(file, 'utf8').catch(() => {
      throw badInput(`${file} cannot be read; run \`tinker auth login\`, or set TINKER_API_KEY`);
    });
    let key: unknown;
    try {
      const { default: chosen, keys } = JSON.parse(text) as {
        default?: string | null;
        keys?: Readonly<Record<string, { readonly key?: unknown }>>;
      };
      key = chosen == null ? undefined : keys?.[chosen]?.key;
    } catch {
      throw badInput(`${file} is not a credentials file`);
    }
    if (typeof key !== 'string') throw badInput(`${file} has no default key`);
    return key;
  };
}
