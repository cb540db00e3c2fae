/**
 * Remembers every copy of this package in the process. Two copies are two contracts: the runner finds the
 * second one here and names both.
 */
import { CONTRACT } from './plugin.js';
import { version } from './version.js';

export interface CoreInstance {
  readonly version: string;
  readonly contract: number;
  /** Where the copy was loaded from. */
  readonly file: string;
}

const registry = Symbol.for('tinsmith.core-instances');
const scope = globalThis as { [registry]?: CoreInstance[] };
const instances = (scope[registry] ??= []);

/** This copy. */
export const coreInstance: CoreInstance = Object.freeze({
  version,
  contract: CONTRACT,
  file: import.meta.url,
});
instances.push(coreInstance);

/** All copies that have been loaded so far, in the order of loading. */
export const coreInstances = (): readonly CoreInstance[] => [...instances];
