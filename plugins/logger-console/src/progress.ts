/** The one line that says how far a run is. Knows nothing about hooks or redrawing. */
import { formatNumber, formatSeconds, type Signs, type Terminal } from '@tinsmith/terminal';

export interface Progress {
  /** Finished steps, those of earlier attempts included. */
  readonly done: number;
  readonly planned: number | undefined;
  /** What the curve shows, in a word. */
  readonly label: string;
  /** Of the curve, oldest first. */
  readonly values: readonly number[];
  readonly waitingFor: { readonly name: string; readonly seconds: number } | undefined;
  /** Why it takes so long, in the words of the service. */
  readonly reason: string | undefined;
  readonly secondsLeft: number | undefined;
  /** An answer of the last step. */
  readonly answer: string | undefined;
  /** Turns the sign of life. */
  readonly frame: number;
}

interface Segment {
  readonly text: string;
  readonly style?: Parameters<Terminal['paint']>[0];
  /** Higher ones go first when the terminal is narrow. */
  readonly drop: number;
}

/** Fits into `width` characters: what matters least is left out. */
export function progressLine(
  progress: Progress,
  { signs, paint, width }: { signs: Signs; paint: Terminal['paint']; width: number },
): string {
  let segments = segmentsOf(progress, signs);
  while (lengthOf(segments) > width && segments.length > 1) {
    const drop = Math.max(...segments.map(segment => segment.drop));
    segments = segments.filter(segment => segment.drop < drop);
  }
  return segments.map(({ text, style }) => (style ? paint(style, text) : text)).join('  ');
}

const lengthOf = (segments: readonly Segment[]) =>
  segments.reduce((sum, { text }) => sum + Array.from(text).length + 2, -2);

function segmentsOf(progress: Progress, signs: Signs): Segment[] {
  const { done, planned, label, values, waitingFor, reason, secondsLeft, answer, frame } = progress;
  const sign = signs.waiting[frame % signs.waiting.length]!;
  const segments: Segment[] = [{ text: `${sign} ${countOf(done, planned)}`, style: 'bold', drop: 0 }];

  if (planned) segments.push({ text: bar(done / planned, signs), style: 'cyan', drop: 3 });
  const value = values.at(-1);
  if (value !== undefined)
    segments.push({ text: `${label} ${formatNumber(value)}`, style: 'green', drop: 1 });
  const chart = smallChart(values, signs);
  if (chart) segments.push({ text: chart, style: 'green', drop: 5 });
  if (waitingFor) {
    segments.push({
      text: `${waitingFor.name} ${formatSeconds(waitingFor.seconds)}`,
      style: 'yellow',
      drop: 2,
    });
  }
  if (reason !== undefined) segments.push({ text: reason, style: 'yellow', drop: 3 });
  if (secondsLeft !== undefined) segments.push({ text: `${formatSeconds(secondsLeft)} left`, drop: 4 });
  if (answer !== undefined) segments.push({ text: answer, style: 'dim', drop: 6 });
  return segments;
}

/** `12/50 steps`, so that nobody wonders whether the count begins with 0. */
export const countOf = (done: number, planned: number | undefined) =>
  planned === undefined ? `${done} steps` : `${done}/${planned} steps`;

const BAR_WIDTH = 20;

function bar(share: number, { barFull, barEmpty }: Signs): string {
  const full = Math.round(Math.min(1, share) * BAR_WIDTH);
  return barFull.repeat(full) + barEmpty.repeat(BAR_WIDTH - full);
}

const CHART_WIDTH = 12;

/** The last values, between the least and the largest of all. */
function smallChart(values: readonly number[], { levels }: Signs): string {
  const finite = values.filter(Number.isFinite);
  if (levels.length === 0 || finite.length < 2) return '';
  const least = Math.min(...finite);
  const range = Math.max(...finite) - least || 1;
  return finite
    .slice(-CHART_WIDTH)
    .map(value => levels[Math.round(((value - least) / range) * (levels.length - 1))])
    .join('');
}
