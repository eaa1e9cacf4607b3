/**
 * Workflow files: YAML and JSON with a place for every mistake, TypeScript and JavaScript through their default export
 * or the export `workflow`.
 *
 * @module
 */
import { stat } from 'node:fs/promises';
import { basename, dirname, extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type PlainDocument, readDocument } from '../documents.ts';
import { asError, Failure } from '../errors.ts';
import { codeOf, readingFault, readTextFile } from '../text-file.ts';
import type { Instant } from '../units.ts';
import type { Learner } from './definition.ts';
import { type EvaluatedWorkflow, type EvaluateOptions, evaluateWorkflow } from './evaluate.ts';
import type { WorkflowDefinition } from './written.ts';

/** What is written without quotes is text here, as it stands: `0.10`, `yes`, `1e3`. */
const VERBATIM = ['labels.*', 'steps.*.env.*', 'steps.*.run.*'];

/** Types a workflow written in TypeScript; returns what it is given. */
export const defineWorkflow = (definition: WorkflowDefinition): WorkflowDefinition => definition;

/** Reads a workflow in YAML (or JSON). Throws as {@link evaluateWorkflow}; every failure has file, line and column. */
export function parseWorkflowYaml(text: string, options: Omit<EvaluateOptions, 'document'>): EvaluatedWorkflow {
  const document = documentOf(text, options.file);
  return evaluateWorkflow(document.value, { ...options, document });
}

const documentOf = (text: string, file: string): PlainDocument =>
  readDocument(text, { file, code: 'workload/invalid', verbatim: VERBATIM });

export interface LoadOptions {
  readonly now: Instant;
  /** Zone of clock times that name none. */
  readonly timeZone: string;
  readonly signal: AbortSignal;
  /** How `file` is named in failures; default: as given. */
  readonly displayName?: string;
  /** What past runs of the workflow of this name say. */
  readonly pastOf?: (workflow: string) => Promise<Learner | undefined>;
}

export interface LoadedWorkflow extends EvaluatedWorkflow {
  /** The text of a YAML or JSON file, for excerpts; empty for a program. */
  readonly source: string;
}

/**
 * Loads `file` by its ending: `.yaml`, `.yml`, `.json`, or a program `.ts`, `.mts`, `.js`, `.mjs`. A program is run.
 * Throws `file/unreadable`, and as {@link evaluateWorkflow}. The folder of the steps is that of the file.
 */
export async function loadWorkflow(file: string, options: LoadOptions): Promise<LoadedWorkflow> {
  const { now, timeZone, signal } = options;
  const name = options.displayName ?? file;
  const path = resolve(file);
  const evaluated = async (written: unknown, document?: PlainDocument): Promise<EvaluatedWorkflow> => {
    const learn = await options.pastOf?.(nameIn(written));
    const evaluation = { file: name, now, timeZone, folder: dirname(path), learn };
    return evaluateWorkflow(written, document === undefined ? evaluation : { ...evaluation, document });
  };
  switch (extname(path).toLowerCase()) {
    case '.yaml':
    case '.yml':
    case '.json': {
      const source = await readTextFile(path, { name, code: 'workload/invalid', signal });
      const document = documentOf(source, name);
      return { ...(await evaluated(document.value, document)), source };
    }
    case '.ts':
    case '.mts':
    case '.js':
    case '.mjs':
      return { ...(await evaluated(await importWorkflow(path, name))), source: '' };
    default:
      throw new Failure('file/unreadable', 'a workflow file has another ending', {
        place: { file: name },
        value: basename(path),
        expected: '.yaml, .yml, .json, .ts, .mts, .js or .mjs',
      });
  }
}

/** The name as it is written, before it is known to be one. */
function nameIn(written: unknown): string {
  if (typeof written !== 'object' || written === null || !('workflow' in written)) return '';
  return typeof written.workflow === 'string' ? written.workflow : '';
}

async function importWorkflow(path: string, name: string): Promise<unknown> {
  const place = { file: name };
  try {
    await stat(path);
  } catch (cause) {
    throw new Failure('file/unreadable', readingFault(cause), { place, cause });
  }
  const module: unknown = await importModule(path, name);
  for (const key of ['default', 'workflow']) {
    const exported =
      typeof module === 'object' && module !== null
        ? Object.entries(module).find(([own]) => own === key)?.[1]
        : undefined;
    if (exported !== undefined) return exported;
  }
  throw new Failure('workload/invalid', 'the program exports no workflow', {
    place,
    expected: '`export default defineWorkflow({ … })` or `export const workflow = …`',
  });
}

async function importModule(path: string, name: string): Promise<unknown> {
  try {
    return await import(pathToFileURL(path).href);
  } catch (cause) {
    const place = { file: name };
    if (codeOf(cause) === 'ERR_UNKNOWN_FILE_EXTENSION') {
      throw new Failure('file/unreadable', 'this Node cannot run TypeScript', {
        place,
        value: process.version,
        expected: 'Node 22.18 or later, or `node --import tsx`; or write the workflow as .js or .yaml',
        cause,
      });
    }
    const isMissing = codeOf(cause) === 'ERR_MODULE_NOT_FOUND' && asError(cause).message.includes("'gridtide'");
    throw new Failure('workload/invalid', `the program ended with an error: ${asError(cause).message}`, {
      place,
      ...(isMissing ? { expected: 'gridtide installed beside it, or a plain object without defineWorkflow' } : {}),
      cause,
    });
  }
}
