/**
 * Tool calls as Qwen3.5 and Nemotron 3 write them:
 *
 *     <tool_call>⏎<function=add>⏎<parameter=a>⏎4⏎</parameter>⏎</function>⏎</tool_call>
 *
 * Also the paragraph that explains them to the model, which both templates share.
 */
import type { Message, ToolCall, UnparsedToolCall } from '@tinsmith/core';
import { type Markup, markup } from '../contract/markup.js';
import { isUnterminated, readJson } from '../contract/parse.js';
import { loads } from '../python/json-parser.js';
import { dumps, entriesOf, isObject, type Json } from '../python/json.js';
import { SPACE, str, strip, stripNewlines } from '../python/text.js';

export type WriteArgument = (value: Json) => string;

/** Lists and objects as JSON, everything else as Python's `str`: True, None. */
export const pythonArgument: WriteArgument = value =>
  Array.isArray(value) || isObject(value) ? dumps(value) : str(value);

export function xmlToolCall({ function: called }: ToolCall, write: WriteArgument): Markup {
  const parameters = entriesOf(called.arguments === '' ? undefined : loads(called.arguments)).flatMap(
    ([name, value]) => markup`<parameter=${name}>\n${write(value)}\n</parameter>\n`,
  );
  return markup`<tool_call>\n<function=${called.name}>\n${parameters}</function>\n</tool_call>`;
}

/** Calls that Qwen3's parser took for broken JSON, read as XML. */
export function readXmlCalls(message: Message): Message {
  const { unparsed_tool_calls: unparsed = [], tool_calls: calls = [], ...rest } = message;
  const read = unparsed.map(block =>
    isUnterminated(block) || !block.raw_text.includes('<function=') ? block : readXmlCall(block.raw_text),
  );
  const found = [...calls, ...read.filter(call => 'function' in call)];
  const broken = read.filter(call => 'raw_text' in call);
  return {
    ...rest,
    ...(found.length > 0 && { tool_calls: found }),
    ...(broken.length > 0 && { unparsed_tool_calls: broken }),
  };
}

const BLOCK = new RegExp(
  `^S*<tool_call>S*<function=([^>\\n]+)>S*([^]*?)S*</function>S*</tool_call>S*$`.replaceAll('S', SPACE),
);
const PARAMETER = new RegExp(`<parameter=([^>\\n]+)>S*([^]*?)S*</parameter>`.replaceAll('S', SPACE), 'g');

function readXmlCall(block: string): ToolCall | UnparsedToolCall {
  const refusal = (error: string): UnparsedToolCall => ({ raw_text: block, error });
  const match = BLOCK.exec(block);
  if (!match) return refusal('Malformed Qwen3.5 tool call XML');
  const name = strip(match[1]!);
  if (name === '') return refusal('Missing function name');

  const body = match[2]!;
  const fields = new Map<string, Json>();
  let position = 0;
  for (const parameter of body.matchAll(PARAMETER)) {
    if (strip(body.slice(position, parameter.index)) !== '')
      return refusal('Unexpected non-parameter content inside <function> block');
    const key = strip(parameter[1]!);
    if (key === '') return refusal('Empty parameter name');
    const text = stripNewlines(parameter[2]!);
    const json = readJson(text);
    fields.set(key, 'value' in json ? json.value : text);
    position = parameter.index + parameter[0].length;
  }
  if (strip(body.slice(position)) !== '')
    return refusal('Unexpected trailing content inside <function> block');
  return { function: { name, arguments: dumps(fields) } };
}

/** @param declarations one per tool, in the form of the family */
export const explainXmlTools = (declarations: readonly string[]): string => `# Tools

You have access to the following functions:

<tools>
${declarations.join('\n')}
</tools>

If you choose to call a function ONLY reply in the following format with NO suffix:

<tool_call>
<function=example_function_name>
<parameter=example_parameter_1>
value_1
</parameter>
<parameter=example_parameter_2>
This is the value for the second parameter
that can span
multiple lines
</parameter>
</function>
</tool_call>

<IMPORTANT>
Reminder:
- Function calls MUST follow the specified format: an inner <function=...></function> block must be nested within <tool_call></tool_call> XML tags
- Required parameters MUST be specified
- You may provide optional reasoning for your function call in natural language BEFORE the function call, but NOT after
- If there is no function call available, answer the question like normal with your current knowledge and do not tell the user about function calls
</IMPORTANT>`;
