/** The config that `tinsmith init` writes: a preset to build on, and every option of the recipe as a comment. */
import type { JsonSchema } from '@tinsmith/core/options';

export interface ConfigText {
  readonly name: string;
  readonly recipe: string;
  /** The preset's file, as `extends` names it. */
  readonly base: string;
  readonly schema: JsonSchema | undefined;
  /** What the preset sets; what is not in it has the recipe's default. */
  readonly settings: Readonly<Record<string, unknown>>;
}

export function configText({ name, recipe, base, schema, settings }: ConfigText): string {
  return `# ${name}: ${recipe}, as its package's preset has it, with your changes.
#   check     npx tinsmith check
#   run       npx tinsmith run
#   explain   npx tinsmith explain      where each option comes from
extends: '${base}'
name: ${JSON.stringify(name)}
seed: 0
# log_path: runs/first                  # default: a new folder for each run
# if_exists: resume                     # ask | resume | overwrite | raise, for a run folder that is there
# wandb_project: my-project             # needs a logger that sends metrics there

# plugins:                              # more than the preset's: packages, or local files
#   - ./my-plugin.ts

recipe:
  use: ${recipe}
  # with:                               # take away the # of this line, and of what you change
${optionLines(schema, settings).join('\n')}
`;
}

function optionLines(
  schema: JsonSchema | undefined,
  settings: Readonly<Record<string, unknown>>,
): readonly string[] {
  const names = new Set([...Object.keys(schema?.properties ?? {}), ...Object.keys(settings)]);
  return [...names].map(name => {
    const { description = '', default: standard } = schema?.properties?.[name] ?? {};
    const value = settings[name] ?? standard;
    const setting = `${name}:${value === undefined ? '' : ` ${asYaml(value)}`}`;
    return `  #   ${setting.padEnd(32)}${description && `  # ${description}`}`.trimEnd();
  });
}

/** JSON is YAML; plain words need no quotes. */
const asYaml = (value: unknown): string =>
  typeof value === 'string' && /^[A-Za-z][\w./-]*$/.test(value) ? value : JSON.stringify(value);
