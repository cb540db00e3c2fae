/**
 * `text.strip(characters)` in templates. `@huggingface/jinja` 0.5.11 ignores the characters and strips all space, which makes
 * another prompt (reference vectors of qwen3 with text that begins with spaces). The calls are replaced in the parsed template.
 */

/** Name of a function in the template's scope, and which ends it strips. */
export const stripFunctions = {
  python_strip: (text: string, characters: string) => stripEnd(stripStart(text, characters), characters),
  python_lstrip: stripStart,
  python_rstrip: stripEnd,
};

function stripStart(text: string, characters: string): string {
  let start = 0;
  while (start < text.length && characters.includes(text[start]!)) start++;
  return text.slice(start);
}

function stripEnd(text: string, characters: string): string {
  let end = text.length;
  while (end > 0 && characters.includes(text[end - 1]!)) end--;
  return text.slice(0, end);
}

interface Node {
  type?: string;
  callee?: Node;
  object?: Node;
  property?: { readonly value?: unknown };
  computed?: boolean;
  value?: unknown;
  args?: Node[];
}

/** Changes the parsed template in place. */
export function replaceStripCalls(node: unknown): void {
  if (typeof node !== 'object' || node === null) return;
  for (const child of Object.values(node)) replaceStripCalls(child);
  const call = node as Node;
  const method = call.callee?.property?.value;
  const isStrip =
    call.type === 'CallExpression' && call.callee?.computed === false && (call.args?.length ?? 0) > 0;
  if (!isStrip || typeof method !== 'string' || !(`python_${method}` in stripFunctions)) return;
  call.args = [call.callee!.object!, ...call.args!];
  call.callee = { type: 'Identifier', value: `python_${method}` };
}
