/** All formats by the names of their renderers (cookbook-algorithms, section 17). */
import type { FormatFactory } from '../contract/format.js';
import type { RendererName } from '../renderer-names.js';
import { chatml } from './chatml.js';
import { deepseekV3, deepseekV3Thinking } from './deepseekv3.js';
import { gptOss } from './gpt-oss.js';
import { kimi } from './kimi.js';
import { llama3 } from './llama3.js';
import { nemotron3 } from './nemotron3.js';
import { qwen3_5, qwen3_5DisableThinking } from './qwen3-5.js';
import { qwen3_8, qwen3_8DisableThinking } from './qwen3-8.js';
import { qwen3Vl, qwen3VlInstruct } from './qwen3-vl.js';
import { qwen3, qwen3DisableThinking, qwen3Instruct } from './qwen3.js';
import { roleColon } from './role-colon.js';

export const formats: Readonly<Record<string, FormatFactory>> = {
  role_colon: roleColon,
  llama3,
  qwen3,
  qwen3_disable_thinking: qwen3DisableThinking,
  qwen3_instruct: qwen3Instruct,
  qwen3_vl: qwen3Vl,
  qwen3_vl_instruct: qwen3VlInstruct,
  qwen3_5,
  qwen3_5_disable_thinking: qwen3_5DisableThinking,
  qwen3_8_xhigh_reasoning: qwen3_8('xhigh'),
  qwen3_8_medium_reasoning: qwen3_8('medium'),
  qwen3_8_low_reasoning: qwen3_8('low'),
  qwen3_8_disable_thinking: qwen3_8DisableThinking,
  deepseekv3: deepseekV3,
  deepseekv3_disable_thinking: deepseekV3,
  deepseekv3_thinking: deepseekV3Thinking,
  gpt_oss_no_sysprompt: gptOss(),
  gpt_oss_low_reasoning: gptOss('low'),
  gpt_oss_medium_reasoning: gptOss('medium'),
  gpt_oss_high_reasoning: gptOss('high'),
  kimi_k2: kimi({ model: 'k2' }),
  kimi_k25: kimi({ model: 'k25' }),
  kimi_k25_disable_thinking: kimi({ model: 'k25', thinking: 'off' }),
  kimi_k26: kimi({ model: 'k25' }),
  kimi_k26_disable_thinking: kimi({ model: 'k25', thinking: 'off' }),
  kimi_k26_preserve_thinking: kimi({ model: 'k25', thinking: 'kept' }),
  nemotron3: nemotron3({ model: 'nano' }),
  nemotron3_low_thinking: nemotron3({ model: 'nano', effort: 'low' }),
  nemotron3_disable_thinking: nemotron3({ model: 'nano', thinking: 'off' }),
  nemotron3_preserve_thinking: nemotron3({ model: 'nano', thinking: 'kept' }),
  nemotron3_ultra: nemotron3({ model: 'ultra' }),
  nemotron3_ultra_medium_thinking: nemotron3({ model: 'ultra', effort: 'efficient' }),
  nemotron3_ultra_disable_thinking: nemotron3({ model: 'ultra', thinking: 'off' }),
  nemotron3_ultra_preserve_thinking: nemotron3({ model: 'ultra', thinking: 'kept' }),
  chatml,
} satisfies Readonly<Record<RendererName, FormatFactory>>;
