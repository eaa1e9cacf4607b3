/**
 * What a replay leaves out, takes as given or could not answer, in words.
 *
 * @module
 */
import type { JobHistory, ReplayReport, ZonePast } from '../../app.ts';
import { writeGrams } from '../../figures.ts';
import { formatInstant } from '../../units.ts';
import type { ReplayOptions } from '../options.ts';

/** What must be known of the figures, in words. */
export function notesOf(
  history: JobHistory,
  report: ReplayReport,
  pasts: readonly ZonePast[],
  options: ReplayOptions,
): string[] {
  const { leftOut } = report.jobs;
  const counted = (count: number, words: string): string[] => (count === 0 ? [] : [`${count} ${words}`]);
  const { bad, passed, remarks } = history;
  const [firstBad] = bad.first;
  return [
    ...counted(
      bad.count,
      `${bad.count === 1 ? 'row' : 'rows'} could not be read and ${bad.count === 1 ? 'is' : 'are'} left out: ${firstBad?.describe() ?? ''}`,
    ),
    ...[...passed].map(
      ([why, count]) => `${count} left out: ${why === 'never ran' ? 'they never ran' : 'they are not over'}`,
    ),
    ...[...remarks].map(
      ([what, count]) =>
        `${count} ${what === 'failed' ? 'failed' : 'were cancelled'}; they used electricity, and are replayed`,
    ),
    ...(history.jobs.dated || options.at !== undefined
      ? []
      : [
          `jobs have no dates: their hour 0 is the first of the grid data, the first job comes at ${formatInstant(report.jobs.first)}; --at TIME lays it elsewhere`,
        ]),
    ...counted(leftOut.outside, 'left out: submitted before the grid data begin, or due after they end'),
    ...counted(leftOut.tooLarge, 'left out: they use more than the capacity'),
    ...counted(leftOut.hopeless, 'could not have kept their deadline: it is taken as the end they had'),
    ...counted(leftOut.withoutGpuPower, 'use GPUs, whose power is not counted: --gpu-power 300W counts it'),
    ...pasts.flatMap(({ zone, filledH }) =>
      filledH > 0 ? [`${filledH} h of the grid of ${zone} were missing and are filled in`] : [],
    ),
    ...report.rows.flatMap(outdoneNote),
    ...report.rows.flatMap((row) => missingNotes(row, report)),
    ...report.unanswered.map(({ name, failure }) => `what if ${name}: no answer; ${failure.describe()}`),
    ...history.notes,
    ...report.foresight.notes,
    ...(options.perfect === true
      ? ['nobody knows the grid in advance: without --perfect, forecasts are those of the time']
      : []),
  ];
}

function outdoneNote({ policy, about, outdone, misses }: ReplayReport['rows'][number]): string[] {
  if (outdone === null) return [];
  const late = outdone.misses - misses;
  const why =
    late > 0
      ? `would have made ${late} more ${late === 1 ? 'job' : 'jobs'} late`
      : `would have emitted more: ${writeGrams(outdone.emissionsG)}`;
  return [
    `${policy === 'gridtide' ? policy : about}: waiting for the grid ${why}; first come, first served is what the row shows, chosen in hindsight`,
  ];
}

/** What a change leaves out beyond the jobs that all rows leave out: its grams are of the others. */
function missingNotes({ about, leftOut }: ReplayReport['rows'][number], { jobs }: ReplayReport): string[] {
  const tooLarge = leftOut.tooLarge - jobs.leftOut.tooLarge;
  const outside = leftOut.outside - jobs.leftOut.outside;
  return [
    ...(tooLarge > 0
      ? [`${about}: ${tooLarge} more left out, larger than the capacity; the row is of the others`]
      : []),
    ...(outside > 0
      ? [`${about}: ${outside} more left out, due after the grid data end; the row is of the others`]
      : []),
  ];
}
