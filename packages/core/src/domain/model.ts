/** Models that a plugin ships or describes: where the weights are, which renderer fits. */
import { named } from '../token.js';

export interface ModelSource {
  /** Hugging Face layout: config.json, model.safetensors, tokenizer.json. None: the engine finds the model by name. */
  readonly folder?: string;
  /** Renderers that fit, the recommended one first. */
  readonly renderers: readonly string[];
}

/** Models, by the name that configs use: where the weights are and which renderers fit. */
export const Models = named<ModelSource>('model');
