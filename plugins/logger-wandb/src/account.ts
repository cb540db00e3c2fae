/**
 * Who sends, and where to: the key from WANDB_API_KEY or the netrc file, the rest from the variables that the official
 * client knows. The key is in no message.
 */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { TinsmithError, type Secrets } from '@tinsmith/core';

export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly secrets: Secrets;
}

export const PUBLIC_SERVER = 'https://api.wandb.ai';

/** Throws WANDB_KEY_MISSING. */
export function apiKey(baseUrl: string, { environment, secrets }: Surroundings): string {
  try {
    return secrets.require('WANDB_API_KEY');
  } catch (error) {
    if (!TinsmithError.is(error) || error.code !== 'SECRET_MISSING') throw error;
  }
  const { hostname } = new URL(baseUrl);
  const file = environment['NETRC'] ?? join(environment['HOME'] ?? homedir(), '.netrc');
  const key = passwordFor(hostname, readIfThere(file));
  if (key !== undefined) return key;
  throw new TinsmithError({
    code: 'WANDB_KEY_MISSING',
    message: `wandb_project is set, and there is no key for ${hostname}`,
    found: `neither WANDB_API_KEY nor a line for ${hostname} in ${file}`,
    fix: 'export WANDB_API_KEY=..., or WANDB_MODE=offline to keep everything for `tinsmith sync`',
  });
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** The password of a machine in a netrc file; `default` counts for every machine that has no entry before it. */
export function passwordFor(machine: string, netrc: string): string | undefined {
  const words = netrc.split('\n').flatMap(line =>
    line
      .replace(/(^|\s)#.*/, '')
      .split(/\s+/)
      .filter(Boolean),
  );
  let isMeant = false;
  for (let i = 0; i < words.length; i++) {
    if (words[i] === 'machine') isMeant = words[++i] === machine;
    else if (words[i] === 'default') isMeant = true;
    else if (words[i] === 'login' || words[i] === 'account') i++;
    else if (words[i] === 'password') {
      const password = words[++i];
      if (isMeant) return password;
    }
  }
  return undefined;
}
