/** How many threads the numerics use by default. */
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Physical cores, as far as they can be counted, up to 4: matrix products gain nothing from a core's second thread. */
export function defaultThreads(): number {
  return Math.max(1, Math.min(4, availableParallelism(), physicalCores() ?? Infinity));
}

/** Linux lists for each logical processor the ones that share its core; elsewhere unknown. */
function physicalCores(): number | undefined {
  const root = '/sys/devices/system/cpu';
  try {
    const processors = readdirSync(root).filter(name => /^cpu\d+$/.test(name));
    const cores = processors.map(name =>
      readFileSync(`${root}/${name}/topology/thread_siblings_list`, 'utf8'),
    );
    return new Set(cores).size || undefined;
  } catch {
    return undefined;
  }
}
