/**
 * `gridtide init`: a first workflow and configuration, to be edited.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Failure } from '../../errors.ts';
import type { GlobalOptions } from '../options.ts';
import { printJson, say } from '../output.ts';

const WORKFLOW = `gridtide: 1
workflow: my-first
deadline: +12h                     # or: 06:00 Europe/Berlin, or 2026-12-01T06:00:00+01:00
policy:
  minPredictedSaving: 5 %          # below it, nothing is delayed
steps:
  prepare:
    run: echo "preparing"; sleep 5 # a shell line; a list runs without a shell
    duration: 10m                  # how long it takes at most, nine times in ten
  train:
    after: prepare
    run: [sh, -c, 'echo "training"; sleep 20']
    duration: 2h
    needs: { cpus: 1 }
    interruptible: true            # may be frozen in memory through dirty hours
`;

const CONFIG = `# Where work can run. Without this file: this machine, its zone guessed from the system's time zone.
sites:
  here:
    executor: local
    # zone: DE                     # or Germany, aws:eu-central-1, 52.52,13.40; \`gridtide grid\` shows the one in force
    pue: 1                         # energy of the building over energy of the machine: 1 for a laptop
`;

/** Writes both files into `folder`; a file that is there already is left alone and said. */
export async function init(folder: string, options: GlobalOptions): Promise<number> {
  mkdirSync(folder, { recursive: true });
  const written: string[] = [];
  const kept: string[] = [];
  for (const [name, content] of [
    ['workflow.yaml', WORKFLOW],
    ['gridtide.yaml', CONFIG],
  ] as const) {
    const file = join(folder, name);
    try {
      writeFileSync(file, content, { flag: 'wx' });
      written.push(relative('.', file));
    } catch (cause) {
      if (!isExisting(cause)) {
        throw new Failure('file/unreadable', 'a file cannot be written', { place: { file }, cause });
      }
      kept.push(relative('.', file));
    }
  }
  if (options.json) printJson({ schemaVersion: 1, written, kept });
  else {
    for (const file of written) say(`wrote ${file}`);
    for (const file of kept) say(`kept  ${file}, which was there already`);
    const workflow = relative('.', join(folder, 'workflow.yaml'));
    say('', `Next:  gridtide plan ${workflow}`, `       gridtide run ${workflow}`);
  }
  return 0;
}

const isExisting = (thrown: unknown): boolean =>
  thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST';
