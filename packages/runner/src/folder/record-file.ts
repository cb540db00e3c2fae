/** config.json of a run folder: told from the config.json of anything else by what a run records about itself. */
import { isValues, type Values } from '@tinsmith/core/options';

export const recordFile = 'config.json';

/** Undefined for a text that no run has written. */
export function parseRecord(text: string | undefined): Values | undefined {
  try {
    const record: unknown = JSON.parse(text ?? '');
    return isValues(record) && isValues(record['recorded']) ? record : undefined;
  } catch {
    return undefined;
  }
}
