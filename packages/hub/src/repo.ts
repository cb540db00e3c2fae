/** Names: repositories, revisions and files, checked before they become addresses and paths. */
import { HubError } from './error.js';

export type RepoKind = 'model' | 'dataset';

export interface RepoRequest {
  /** `owner/name`, or `name` for the few without an owner. */
  readonly repo: string;
  readonly kind: RepoKind;
  /** A branch, tag or commit. Default `main`. */
  readonly revision?: string | undefined;
}

export interface RepoFile {
  /** With `/`, relative to the repository. */
  readonly path: string;
  readonly size: number;
  readonly hash: { readonly kind: 'sha256' | 'git-sha1'; readonly hex: string };
}

/** A repository at one commit. */
export interface Snapshot {
  readonly repo: string;
  readonly kind: RepoKind;
  readonly commit: string;
  readonly files: readonly RepoFile[];
}

const PART = /^[A-Za-z0-9](?:[\w.-]*[\w-])?$/;

/** True for what can be the id of a repository: one or two names with a slash between. */
export function isRepoId(text: string): boolean {
  const parts = text.split('/');
  return parts.length <= 2 && parts.every(part => PART.test(part) && !part.includes('..'));
}

export function checkRepoId(repo: string): void {
  if (isRepoId(repo)) return;
  throw new HubError({
    code: 'HUB_ID_INVALID',
    message: 'this is not the id of a repository on the hub',
    found: JSON.stringify(repo),
    fix: 'an id has the form owner/name, e.g. openai/gsm8k',
  });
}

/** Whether a path of the hub stays inside the folder that it is joined to, on every system. */
export function isSafePath(path: string): boolean {
  return path
    .split('/')
    .every(part => part !== '' && part !== '.' && part !== '..' && !/[\\\0]|^[A-Za-z]:/.test(part));
}
