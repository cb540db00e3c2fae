/** Where a run's folder is: given, or a name of its own below the folder for examples. */
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** Absolute, with `~` for the home folder. */
export function expandPath(path: string, cwd: string): string {
  const expanded = path === '~' || /^~[\\/]/.test(path) ? join(homedir(), path.slice(1)) : path;
  return resolve(cwd, expanded);
}

/** The Cookbook's folder where there is a `/tmp`, else below the system's temporary folder. */
export function examplesFolder(platform: NodeJS.Platform = process.platform): string {
  return join(platform === 'linux' || platform === 'darwin' ? '/tmp' : tmpdir(), 'tinker-examples');
}

/** `<examples>/<recipe>/<name>-<stamp>`. Not yet unique: two starts in one minute have the same stamp. */
export function defaultFolder(recipe: string, name: string, now: Date): string {
  return join(examplesFolder(), fileName(recipe), fileName(`${name}-${stamp(now)}`));
}

/** Names of models have slashes. `.` and `..` cannot be folders of their own. */
const fileName = (name: string) => name.replace(/[\\/]/g, '-').replace(/^\.+$/, '-');

/** Local time to the minute, `%Y-%m-%d-%H-%M`. */
export function stamp(now: Date): string {
  const parts = [now.getMonth() + 1, now.getDate(), now.getHours(), now.getMinutes()];
  return [now.getFullYear(), ...parts.map(part => String(part).padStart(2, '0'))].join('-');
}
