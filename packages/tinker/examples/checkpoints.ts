/**
 * Lists all checkpoints of the account, and gives those of training an expiry of a day.
 *   TINKER_API_KEY=tml-... node checkpoints.ts
 */
import { RestClient, TinkerError } from '@tinsmith/tinker';

await using rest = new RestClient();
for await (const checkpoint of rest.listUserCheckpoints({ limit: 100 })) {
  console.log(`${checkpoint.tinkerPath}  ${checkpoint.sizeBytes ?? '?'} bytes  ${checkpoint.time}`);
  if (checkpoint.checkpointType !== 'training') continue;
  try {
    await rest.setCheckpointTtlFromTinkerPath(checkpoint.tinkerPath, 86_400);
  } catch (error) {
    if (!TinkerError.is(error, 'not_found')) throw error; // deleted in the meantime
  }
}
