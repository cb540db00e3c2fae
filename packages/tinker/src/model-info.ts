/** `get_info` (protocol, section 6.7), as every client here needs it. */
import type { Connection } from './connection.js';
import { badResponse } from './errors.js';
import type { OptimizerConfig, TrainingInfo } from './types.js';
import { camelKeys } from './names.js';

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

export async function modelInfo(
  connection: Connection,
  modelId: string,
  sdkMethod: string,
  signal?: AbortSignal,
): Promise<TrainingInfo> {
  const answer = await connection.call({
    method: 'POST',
    path: 'get_info',
    json: { model_id: modelId, type: 'get_info' },
    layers: 'AB',
    sdkMethod,
    signal,
  });
  const body = (answer.json() ?? {}) as Record<string, unknown>;
  const data = (body['model_data'] ?? {}) as Record<string, unknown>;
  const baseModel = text(data['model_name']) ?? text(body['model_name']) ?? text(data['base_model']);
  if (baseModel === undefined) throw badResponse('get_info: the answer names no base model', { body });
  const lora = (data['lora_config'] ?? {}) as Record<string, unknown>;
  const rank = body['lora_rank'] ?? lora['rank'];
  const tokenizerId = text(data['tokenizer_id']);
  const arch = text(data['arch']);
  return {
    modelId: text(body['model_id']) ?? modelId,
    baseModel,
    loraRank: typeof rank === 'number' ? rank : null,
    ...(tokenizerId !== undefined && { tokenizerId }),
    ...(arch !== undefined && { arch }),
    ...(typeof body['is_lora'] === 'boolean' && { isLora: body['is_lora'] }),
    ...(body['optimizer_config'] != null && {
      optimizerConfig: camelKeys(body['optimizer_config']) as OptimizerConfig,
    }),
  };
}
