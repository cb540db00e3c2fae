/** What must not compile. */
import jsonl from './index.js';

jsonl({ file: 'metrics.jsonl' });
// @ts-expect-error an option that is not there
jsonl({ path: 'metrics.jsonl' });
// @ts-expect-error a name, not a number
jsonl({ file: 1 });
