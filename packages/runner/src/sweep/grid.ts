/** The points of a grid and what their folders are called, as in the Cookbook. Knows nothing about runs. */
import { TinsmithError } from '@tinsmith/core';
import { type OptionPath, formatPath } from '@tinsmith/core/options';
import { parseBare } from '../config/overrides.js';

export interface Axis {
  /** In the config. */
  readonly path: OptionPath;
  /** For people and folders: the Cookbook's spelling, `learning_rate`. */
  readonly name: string;
  readonly values: readonly AxisValue[];
}

export interface AxisValue {
  readonly value: unknown;
  /** `key=value`, as one gives it to `tinsmith run`. */
  readonly argument: string;
}

/** `recipe.with.learningRate=1e-4,3e-4` or `learning_rate=1e-4,3e-4`. @throws ARGUMENT_INVALID */
export function parseAxis(text: string): Axis {
  const [, key = '', list = ''] = /^(.*?)=(.*)$/s.exec(text) ?? [];
  const texts = list.split(/,(?![^[{]*[\]}])/).map(one => one.trim()); // a list in brackets is one value
  if (key === '' || texts.includes('')) throw invalid('a grid is a path and its values', text);
  const values = texts.map(one => {
    const argument = `${key}=${one}`;
    return { ...parseBare(argument), argument };
  });
  const path = values[0]!.path;
  const own = path[0] === 'recipe' && path[1] === 'with' ? path.slice(2) : path;
  const name = formatPath(own).replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);
  const names = values.map(({ value }) => valueText(value));
  const twice = names.find((one, index) => names.indexOf(one) !== index);
  if (twice !== undefined) throw invalid(`the grid has ${twice} twice`, text);
  return { path, name, values: values.map(({ value, argument }) => ({ value, argument })) };
}

const invalid = (message: string, found: string) =>
  new TinsmithError({
    code: 'ARGUMENT_INVALID',
    message,
    found: `--grid ${found}`,
    fix: '--grid recipe.with.learningRate=1e-4,3e-4',
  });

/** Every combination; the last axis changes fastest. Without axes one point, which sets nothing. */
export function gridPoints<V>(
  axes: readonly { readonly name: string; readonly values: readonly V[] }[],
): readonly (readonly { readonly name: string; readonly value: V }[])[] {
  return axes.reduce<readonly (readonly { readonly name: string; readonly value: V }[])[]>(
    (points, { name, values }) => points.flatMap(point => values.map(value => [...point, { name, value }])),
    [[]],
  );
}

/** `learning_rate=0.0003_lora_rank=32` */
export const folderName = (point: readonly { readonly name: string; readonly value: unknown }[]): string =>
  point
    .map(({ name, value }) => `${name}=${valueText(value)}`)
    .join('_')
    .replaceAll(/[/\\]/g, '-');

/** As Python writes it: fractions by `%g`, the rest by `str`. */
export function valueText(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : generalText(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** C's `%g`: six digits, without zeros at the end. */
function generalText(value: number): string {
  const [mantissa, exponent] = value.toExponential(5).split('e') as [string, string];
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(Number(value.toPrecision(6)));
  const size = String(Math.abs(power)).padStart(2, '0');
  return `${Number(mantissa)}e${power < 0 ? '-' : '+'}${size}`;
}

/** Steps that see about so many examples; 0 for fewer than a batch. */
export const stepsOfBudget = (examples: number, batchSize: number): number =>
  Math.floor(examples / batchSize);
