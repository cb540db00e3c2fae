/** What the output can show: colours, a line that is redrawn, characters beyond ASCII. */
import { styleText } from 'node:util';

/** The part of a writable stream that is used here. */
export interface Output {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly writable: boolean;
  write(text: string): boolean;
  on(event: 'error', listener: (error: Error) => void): unknown;
  off(event: 'error', listener: (error: Error) => void): unknown;
}

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

export interface Terminal {
  /** A line can be redrawn. */
  readonly isLive: boolean;
  readonly isUnicode: boolean;
  /** Columns; it can change while a run goes on. */
  readonly width: () => number;
  readonly paint: (style: Style, text: string) => string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** For output that is not a terminal, or one that does not say. */
const USUAL_WIDTH = 80;

export function describeTerminal(
  output: Output,
  environment: Environment,
  platform: NodeJS.Platform = process.platform,
): Terminal {
  const isLive = output.isTTY === true && environment['TERM'] !== 'dumb';
  const hasColor = isLive && !environment['NO_COLOR']; // https://no-color.org: set and not empty
  return {
    isLive,
    isUnicode: isUnicode(environment, platform),
    width: () => output.columns || USUAL_WIDTH,
    paint: (style, text) => (hasColor ? styleText(style, text, { validateStream: false }) : text),
  };
}

/**
 * The locale decides. Windows has none in its environment: there the newer terminals, which name themselves,
 * know Unicode.
 */
function isUnicode(environment: Environment, platform: NodeJS.Platform): boolean {
  if (platform === 'win32') return Boolean(environment['WT_SESSION'] ?? environment['TERM_PROGRAM']);
  const locale = environment['LC_ALL'] || environment['LC_CTYPE'] || environment['LANG'] || '';
  return /utf-?8/i.test(locale);
}

/** The signs of one look, so that nothing else asks whether the output knows Unicode. */
export interface Signs {
  readonly ellipsis: string;
  readonly dot: string;
  readonly arrow: string;
  readonly good: string;
  readonly bad: string;
  readonly stopped: string;
  readonly barFull: string;
  readonly barEmpty: string;
  readonly waiting: readonly string[];
  /** Heights of a small chart, lowest first. */
  readonly levels: readonly string[];
}

const unicodeSigns: Signs = {
  ellipsis: '…',
  dot: '·',
  arrow: '→',
  good: '✔',
  bad: '✘',
  stopped: '■',
  barFull: '━',
  barEmpty: '─',
  waiting: Array.from('⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'),
  levels: Array.from('▁▂▃▄▅▆▇█'),
};

const asciiSigns: Signs = {
  ellipsis: '...',
  dot: '-',
  arrow: '->',
  good: 'ok',
  bad: 'x',
  stopped: '!',
  barFull: '#',
  barEmpty: '.',
  waiting: Array.from('|/-\\'),
  levels: [],
};

export const signsOf = ({ isUnicode: unicode }: Pick<Terminal, 'isUnicode'>) =>
  unicode ? unicodeSigns : asciiSigns;
