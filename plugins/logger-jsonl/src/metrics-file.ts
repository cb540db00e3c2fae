/**
 * The file of metrics as a sink: appended to during a run, and put in order before it. Each step stands in it
 * once: what a lost attempt wrote after the checkpoint that the run goes on from is moved to a second file.
 */
import { formatMetricRow, type MetricSink, parseMetricRow, type RunDirectory } from '@tinsmith/core';

export function metricsFile(directory: RunDirectory, file: string): MetricSink {
  const supersededFile = `${file.replace(/\.jsonl$/, '')}.superseded.jsonl`;

  return {
    async open({ nextStep }) {
      const content = await directory.read(file);
      if (content === undefined) return;
      const lines = wholeLines(content);
      const superseded = lines.filter(line => stepOf(line) >= nextStep);

      // First the copy, then the cut: a kill in between loses nothing, and the next start finds the copy made.
      if (superseded.length > 0) await appendOnce(directory, supersededFile, asText(superseded));
      const kept = asText(lines.filter(line => stepOf(line) < nextStep));
      if (kept !== content) await directory.write(file, kept);
    },

    write: record => directory.append(file, formatMetricRow(record)),
    flush: () => directory.sync(file),
  };
}

/** Without a last line that a kill has torn. Only the last can be torn: the others end with their newline. */
function wholeLines(content: string): string[] {
  const lines = content.split('\n');
  const last = lines.pop()!;
  return last === '' || !isRow(last) ? lines : [...lines, last];
}

/** A line that is no row belongs to no step: it stays where it is. */
function stepOf(line: string): number {
  const step = isRow(line) ? parseMetricRow(line)['step'] : undefined;
  return typeof step === 'number' ? step : -1;
}

function isRow(line: string): boolean {
  try {
    parseMetricRow(line);
    return true;
  } catch {
    return false;
  }
}

async function appendOnce(directory: RunDirectory, file: string, text: string): Promise<void> {
  const before = (await directory.read(file)) ?? '';
  if (!before.endsWith(text)) await directory.write(file, before + text);
}

const asText = (lines: readonly string[]) => lines.map(line => `${line}\n`).join('');
