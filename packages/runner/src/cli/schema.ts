/** `tinsmith schema`: JSON Schema of a config, for completion in editors. */
import { defineCommand, type ArgsDef } from 'citty';
import { resolve } from 'node:path';
import { configArguments } from './config-arguments.js';
import { shellOf, type Call } from './shell.js';
import { exitCodes } from './show.js';

const file = 'tinsmith.schema.json';

const schemaArguments: ArgsDef = {
  ...configArguments,
  out: { type: 'string', valueHint: 'FILE', description: `write to a file, e.g. ${file}` },
};

export default defineCommand({
  meta: {
    name: 'schema',
    description:
      'Prints the JSON Schema of a config with the options of its plugins, or writes it with --out.',
  },
  args: schemaArguments,
  async run(call: Call) {
    const { cwd, secrets, output } = shellOf(call);
    const { takeFlag } = await import('./arguments.js');
    const { value: out, rest } = takeFlag(call.rawArgs, 'out');
    const { sourceOf } = await import('./source.js');
    const source = await sourceOf(rest, cwd);
    const { configSchema } = await import('../schema/config-schema.js');
    const { schema, skipped } = await configSchema(source, secrets);
    const text = JSON.stringify(schema, undefined, 2);
    for (const { message } of skipped) output.error(`warning  left out: ${message}`);
    if (out === undefined) output.out(text);
    else {
      const { writeTextFile } = await import('../config/write-file.js');
      await writeTextFile(resolve(cwd, out), `${text}\n`, { shown: out });
      output.out(`wrote ${out}; a YAML config that is beside it turns it on with its first line:`);
      output.out(`# yaml-language-server: $schema=${/^[./]/.test(out) ? out : `./${out}`}`);
    }
    return exitCodes.done;
  },
});
