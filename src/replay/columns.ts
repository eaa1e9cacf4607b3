/**
 * Which column of a table says what, by the many names that people give to columns.
 *
 * @module
 */
import { Failure, type Place } from '../errors.ts';
import { FIELDS, type Field, type TimeUnit } from './reader.ts';

/** Names without case and separators; where several columns fit, the one named first here is taken. */
const NAMES: Readonly<Record<Field, string>> = {
  id: 'jobid id jobidraw jobname name job uid taskid podname pod instance',
  submit:
    'submit submitted submittime submittedat submission submissiontime submitdate arrival arrivaltime arrived arrivedat created createdat creation creationtime creationtimestamp queued queuedat enqueued enqueuedat release releasetime eligible timestamp time',
  start:
    'start started starttime startedat startdate begin begintime began scheduled scheduledtime scheduledat launch launchtime',
  end: 'end ended endtime endedat enddate finish finished finishtime finishedat completed completedat completion completiontime deletion deletiontime stop stopped stoptime',
  length:
    'length duration runtime elapsed elapsedtime elapsedraw walltime walltimeused jobduration jobruntime runduration executiontime exectime runningtime servicetime processingtime run',
  deadline: 'deadline due duetime duedate dueat latestend latestfinish mustendby',
  cpus: 'cpus cpu cores ncpus ncpu ncores alloccpus reqcpus numcpus numcpu numcores cpucount cpucores corecount cpusrequested cpurequest requestedcpus allocatedcpus processors nprocs numprocessors vcpus vcpu threads cpumilli',
  gpus: 'gpus gpu ngpus ngpu numgpu numgpus gpucount gpunum allocgpus reqgpus gpusrequested gpurequest requestedgpus allocatedgpus accelerators',
  gpuShare: 'gpumilli',
  memory: 'memory mem ram memoryrequest requestedmemory allocatedmemory reqmem maxrss',
  power: 'power powerdraw avgpower averagepower meanpower pavg watts draw',
  queue: 'queue partition qos class pool queuename jobclass priorityclass namespace',
  user: 'user username owner account submitter userid group team project',
  state: 'state status jobstate jobstatus phase podphase outcome result',
};

const UNIT_WORDS: Readonly<Record<string, TimeUnit>> = Object.fromEntries(
  Object.entries({
    ms: 'ms msec msecs millis millisecond milliseconds',
    s: 's sec secs second seconds',
    min: 'min mins minute minutes',
    h: 'h hr hrs hour hours',
  } as const).flatMap(([unit, words]) => words.split(' ').map((word): [string, TimeUnit] => [word, toUnit(unit)])),
);

function toUnit(text: string): TimeUnit {
  return text === 'ms' || text === 's' || text === 'min' ? text : 'h';
}

/** What a number in a column of memory or power is worth, in GB or W. */
const SCALES: Readonly<Record<string, number>> = {
  b: 1e-9,
  bytes: 1e-9,
  kb: 1e-6,
  kib: 1.024e-6,
  mb: 1e-3,
  mib: 1.048576e-3,
  gb: 1,
  gib: 1.073741824,
  tb: 1e3,
  tib: 1.099511627776e3,
  w: 1,
  watt: 1,
  watts: 1,
  kw: 1e3,
};

export interface Column {
  readonly index: number;
  readonly header: string;
  /** As the header says: `duration_s`, `length [hours]`; `ElapsedRaw` is Slurm's name for seconds. */
  readonly unit: TimeUnit | undefined;
  /** Of memory and power, as the header says; `undefined` where it does not. */
  readonly scale: number | undefined;
}

export type Columns = ReadonlyMap<Field, Column>;

const bare = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '');

interface Header {
  readonly name: string;
  readonly stem: string;
  readonly suffix: string;
}

/** `Run time (s)` → `runtimes`, `runtime`, `s`. */
function partsOf(header: string): Header {
  const split = /^(.*[^\s_.\-([])[\s_.\-([]+([A-Za-z]+)[)\]]?\s*$/.exec(header.trim());
  const suffix = bare(split?.[2] ?? '');
  const isUnit = Object.hasOwn(UNIT_WORDS, suffix) || Object.hasOwn(SCALES, suffix);
  return { name: bare(header), stem: isUnit ? bare(split?.[1] ?? '') : bare(header), suffix: isUnit ? suffix : '' };
}

const columnAt = (headers: readonly string[], index: number): Column => {
  const header = headers[index] ?? '';
  const { name, suffix } = partsOf(header);
  const unit = Object.hasOwn(UNIT_WORDS, suffix) ? UNIT_WORDS[suffix] : undefined;
  return {
    index,
    header,
    unit: name === 'elapsedraw' ? 's' : unit,
    scale: name === 'watts' ? 1 : Object.hasOwn(SCALES, suffix) ? SCALES[suffix] : undefined,
  };
};

/**
 * The columns of a table by what they say; `chosen` (from `--map`) wins over their names.
 *
 * Throws `cli/usage` for a chosen column that is not there, `replay/invalid-jobs` where there is no telling when jobs
 * came or how long they ran.
 */
export function columnsOf(headers: readonly string[], chosen: ReadonlyMap<Field, string>, place: Place): Columns {
  const parts = headers.map(partsOf);
  const found = new Map<Field, Column>();
  for (const field of FIELDS) {
    const asked = chosen.get(field);
    const index = asked === undefined ? named(field, parts) : headers.findIndex((header) => header.trim() === asked);
    if (index !== -1) found.set(field, columnAt(headers, index));
    else if (asked !== undefined) {
      throw new Failure('cli/usage', `--map ${field}: there is no such column`, {
        place,
        value: asked,
        expected: `one of ${headers.join(', ')}`,
      });
    }
  }
  const timed = found.has('length') || (found.has('start') && found.has('end'));
  if ((found.has('submit') || found.has('start')) && timed) return found;
  throw new Failure('replay/invalid-jobs', `no column says ${timed ? 'when jobs came' : 'how long jobs ran'}`, {
    place,
    value: headers.join(', ').slice(0, 120),
    expected: timed
      ? 'a column such as submit or arrival_time, or --map submit=COLUMN'
      : 'a column such as length or duration, or start and end, or --map length=COLUMN',
  });
}

function named(field: Field, parts: readonly Header[]): number {
  for (const name of NAMES[field].split(' ')) {
    const exact = parts.findIndex((part) => part.name === name);
    if (exact !== -1) return exact;
    const index = parts.findIndex(({ stem }) => stem === name);
    if (index !== -1) return index;
  }
  return -1;
}
