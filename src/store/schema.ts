/**
 * The tables. Instants are integer milliseconds; exact amounts are decimal strings in TEXT columns, since sums
 * pass 2^53 (see `split sums` in docs/methods/exact-sums.md); JSON is canonical (sorted keys).
 *
 * @module
 */
import type { Generated } from 'kysely';

export interface WorkflowRunTable {
  /** `first-light-7k2m`: the workflow's name and a short random part. */
  id: string;
  workflow: string;
  /** Canonical JSON of the evaluated workflow and sites. */
  definition: string;
  submitted_at: number;
  deadline: number;
  /** JSON of the clock's origin: {wall, shown, speed}. */
  clock: string;
  /** Absolute folder that holds the run's files. */
  folder: string;
  /** What people want: `run`, `pause`, `cancel`. */
  desired: string;
  /** `active`, `done`, `failed`, `cancelled`. */
  state: string;
  ended_at: number | null;
  /** JSON {pid, start, bootId} of the process that attends the run, or null. */
  controller: string | null;
  /** Grows by one with each process that takes the run over; writes of an older epoch are refused. */
  epoch: number;
}

export interface StepRunTable {
  /** `<workflow run>/<step>/<number>`. */
  id: string;
  workflow_run: string;
  step: string;
  number: number;
  site: string;
  /** Why it exists: `first`, `retry`, `resume` (after a checkpoint), `lost` (its machine went away). */
  kind: string;
  /** `started`, `ended`, `lost`. */
  state: string;
  started_at: number | null;
  ended_at: number | null;
  exit_code: number | null;
  signal: string | null;
  /** JSON of the meters' counters at the end of the run's last sample. */
  meter_mark: string | null;
  /** 1 when its last sample is in the ledger. */
  settled: number;
}

/** What an attempt at a step took: one row once it has ended well, or was ended. */
export interface PastAttemptTable {
  /** That of its last step run. */
  id: string;
  workflow: string;
  step: string;
  /** Digest of its command, environment, folder and needs: another one is another step. */
  what: string;
  /** What it ran on. */
  hardware: string;
  /** Seconds of the run's clock in a real one. */
  time_scale: number;
  /** Wall time, whatever the run's clock showed: it tells the newer from the older. */
  ended_at: number;
  /** Running time on the run's clock, ms, without pauses, checkpoints and restarts. */
  work_ms: number;
  /** 1: somebody ended it; it would have run for longer. */
  cut: number;
  /** At the plug, mean over its running time; null where its energy has gaps. */
  power_w: number | null;
  power_gsd: number | null;
}

export interface RunEventTable {
  id: Generated<number>;
  workflow_run: string;
  at: number;
  step: string | null;
  kind: string;
  /** One sentence for people. */
  text: string;
  detail: string;
}

/** A plan as it was decided, kept unchanged, with the outlooks it rested on. */
export interface DecisionTable {
  id: string;
  workflow_run: string;
  at: number;
  plan: string;
  outlooks: string;
}

export interface SampleTable {
  id: string;
  workflow_run: string;
  step: string;
  run: string;
  site: string;
  zone: string;
  meter: string;
  tier: string;
  boundary: string;
  gsd: number;
  start: number;
  end: number;
  kind: string;
  status: string;
  /** Whole microjoules as a decimal string; null when missing. */
  energy_uj: string | null;
  time_scale: number;
  note: string | null;
}

export interface FactorTable {
  id: string;
  kind: string;
  key: string;
  valid_from: number;
  valid_to: number;
  value: string;
  unit: string;
  gsd: number;
  signal: string | null;
  quality: string;
  source: string;
  licence: string;
  sha256: string | null;
  published_at: number;
}

export interface PostingTable {
  id: string;
  workflow_run: string;
  step: string;
  sample: string;
  account: string;
  basis: string;
  start: number;
  end: number;
  energy_uj: string | null;
  emissions_ug: string | null;
  intensity_factor: string | null;
  pue_factor: string | null;
  method: string;
  reverses: string | null;
}

/** What run-now was expected to be, written before the first decision is carried out. */
export interface CounterfactualTable {
  id: string;
  workflow_run: string;
  written_at: number;
  name: string;
  /** Canonical JSON: per step site, interval, planned energy; and the sum of grams expected then. */
  content: string;
}

export interface ReceiptTable {
  id: string;
  workflow_run: string;
  written_at: number;
  content: string;
}

/** The hash chain over every row of the account, in the order of writing. */
export interface ChainTable {
  seq: Generated<number>;
  table_name: string;
  row_id: string;
  row_hash: string;
  hash: string;
}

/** One publisher's values of one signal in one zone, on slots of one length. */
export interface GridSeriesTable {
  id: Generated<number>;
  provider: string;
  zone: string;
  /** `kind/basis/scope/gas`. */
  signal: string;
  /** Length of a slot, ms. */
  step: number;
  /** Where slots begin: the start of each modulo `step`, ms. */
  phase: number;
  /** Name and version of the factor set that it was computed by; empty where it was not. */
  factors: string;
}

/** Where values were read, and under which licence. */
export interface GridOriginTable {
  id: Generated<number>;
  source: string;
  licence: string;
}

/** What was learnt at one moment about the past of a series, within one week. */
export interface GridBlockTable {
  /** Blocks of a week were learnt in this order, whatever their clocks said. */
  id: Generated<number>;
  series: number;
  /** Number of the week since 1970. */
  chunk: number;
  /** Slot of the week at which it begins. */
  offset: number;
  /** 1: it repeats all that was known of the week then, so that no older block has to be read for a later moment. */
  whole: number;
  observed_at: number;
  /** Null: when it was observed. */
  issued_at: number | null;
  /** g/kWh, one a slot, packed (`grid/packing.ts`); NaN says nothing about its slot. */
  intensity: Uint8Array;
  /** Share of generation that each rests on, to a ten-thousandth, packed; null where none says. */
  covered: Uint8Array | null;
  /** One letter a slot, as `grid/vintages.ts` says, with a count where it repeats. */
  quality: string;
  /** A letter for each source of generation that is known (`grid/powers.ts`); null where none is. */
  sources: string | null;
  /** MW, source after source in the order of that file, one a slot each, packed; NaN says nothing about its slot. */
  power: Uint8Array | null;
  origin: number;
  sha256: Uint8Array | null;
}

/** A forecast as it was issued. */
export interface GridForecastTable {
  id: Generated<number>;
  series: number;
  issued_at: number;
  /** Who says when it was issued: `provider`, or `fetch-time`. */
  issued_by: string;
  observed_at: number;
  /** The forecast that it is packed by, which has none itself; null where it stands for itself. */
  base: number | null;
  start: number;
  end: number;
  /** g/kWh, one a slot, packed. */
  intensity: Uint8Array;
  /** p10 and p90, where the publisher gives them, packed. */
  low: Uint8Array | null;
  high: Uint8Array | null;
  origin: number;
  sha256: Uint8Array | null;
}

/** How far a forecast lay from what came, on one day ahead. */
export interface ForecastScoreTable {
  id: Generated<number>;
  /** What came. */
  series: number;
  /** `gridtide`, or the provider whose own forecast it was. */
  model: string;
  /** Start of the first hour ahead. */
  origin: number;
  /** 0 to 3: the hours from `origin` + 24 h · `day` on. */
  day: number;
  /** Hours of that day whose truth and forecast are known. */
  hours: number;
  /** Mean |forecast / truth − 1|, percent. */
  mape_percent: number;
  /** Hours whose truth lay between p10 and p90; null where there was no band. */
  within: number | null;
  scored_at: number;
}

/** One run of a weather model, as it was read or put together from what was read. */
export interface WeatherRunTable {
  id: Generated<number>;
  provider: string;
  zone: string;
  /** `read`: as it was in force when it was read; `past`: put together from what had been forecast days before each hour. */
  kind: string;
  /** Of its first hour. */
  start: number;
  /** 0: nothing that was not known before, or nothing at all. */
  hours: number;
  /** When it could be read. */
  known_at: number;
  observed_at: number;
  /** Variable after variable in the order of `grid/weather.ts`, an hour each a little-endian single. */
  weather: Uint8Array;
  source: string;
  licence: string;
  sha256: string;
}

/** What an operator forecast of the wind and sun of one day. */
export interface OperatorRunTable {
  id: Generated<number>;
  provider: string;
  zone: string;
  /** Of its first hour; of a row of no hours, of the time that was asked about in vain. */
  start: number;
  hours: number;
  /** When it was issued, as far as its publisher says. */
  known_at: number;
  observed_at: number;
  /** MW an hour, of wind and then of sun, packed (`grid/packing.ts`). */
  power: Uint8Array;
  origin: number;
  sha256: Uint8Array;
}

export interface Database {
  workflow_run: WorkflowRunTable;
  step_run: StepRunTable;
  past_attempt: PastAttemptTable;
  run_event: RunEventTable;
  decision: DecisionTable;
  sample: SampleTable;
  factor: FactorTable;
  posting: PostingTable;
  counterfactual: CounterfactualTable;
  receipt: ReceiptTable;
  chain: ChainTable;
  grid_series: GridSeriesTable;
  grid_origin: GridOriginTable;
  grid_block: GridBlockTable;
  grid_forecast: GridForecastTable;
  forecast_score: ForecastScoreTable;
  weather_run: WeatherRunTable;
  operator_run: OperatorRunTable;
}
