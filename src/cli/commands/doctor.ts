/**
 * `gridtide grid doctor`: every grid provider asked once, live.
 *
 * @module
 */
import { type AppDiagnosis, placeName } from '../../app.ts';
import { Failure } from '../../errors.ts';
import type { OperatorAnswer } from '../../grid/index.ts';
import { formatInstant } from '../../units.ts';
import { appFor, columns, interrupt, show } from '../context.ts';
import { drawDoctor } from '../draw/index.ts';
import type { DoctorOptions } from '../options.ts';
import { printJson } from '../output.ts';

const EXIT_NOT_SET_UP = 65;
const EXIT_TRY_AGAIN = 75;

export async function doctor({ zone: zones, provider: providers, ...options }: DoctorOptions): Promise<number> {
  const { json, home, config, ...others } = options;
  const stray = Object.keys(others)[0];
  if (stray !== undefined) throw new Failure('cli/usage', `--${stray}: the doctor asks the live grid alone`);
  const app = await appFor(options, interrupt());
  const diagnosis = await app.diagnose({ zones, providers });
  if (options.json) printJson(toJson(diagnosis));
  else {
    const places = diagnosis.places.map(({ zone, zoneFrom }) => ({ zone, zoneFrom, name: placeName(zone) }));
    show(drawDoctor(diagnosis, { columns: columns(), timeZone: app.timeZone, now: diagnosis.now, places }));
  }
  return exitOf(diagnosis);
}

/** 0 when all that were asked answer; what keys alone would mend is not worth trying again. */
function exitOf({ providers }: AppDiagnosis): number {
  const findings = providers.map(({ finding }) => finding).filter(({ state }) => state !== 'needs keys');
  const failures = findings.flatMap((finding) => (finding.state === 'fails' ? [finding.failure] : []));
  if (findings.length > 0 && failures.length === 0) return 0;
  return failures.every(({ code }) => code === 'grid/not-configured') ? EXIT_NOT_SET_UP : EXIT_TRY_AGAIN;
}

function toJson({ now, providers, chains, places }: AppDiagnosis): object {
  return {
    schemaVersion: 1,
    now: formatInstant(now),
    providers: providers.map(({ finding, quota = null, keysFrom, ...provider }) => ({
      ...provider,
      quota,
      ...findingToJson(finding, keysFrom),
    })),
    zones: places.map((place) => ({ ...place, links: chains.get(place.zone) ?? [] })),
  };
}

function findingToJson(finding: AppDiagnosis['providers'][number]['finding'], keysFrom: string | undefined): object {
  const { state } = finding;
  if (state === 'needs keys') return { state, missing: finding.missing, keysFrom: keysFrom ?? null };
  const asked = { state, zone: finding.zone, requests: finding.requests };
  if (state === 'fails') return { ...asked, code: finding.failure.code, reason: finding.failure.describe() };
  const { newest, age, step, forecastUntil, licence, warnings, operator } = finding;
  return {
    ...asked,
    newest:
      newest === undefined || age === undefined
        ? null
        : { start: formatInstant(newest.start), end: formatInstant(newest.end), ageSeconds: age / 1_000 },
    stepMinutes: step / 60_000,
    forecastUntil: forecastUntil === undefined ? null : formatInstant(forecastUntil),
    licence,
    warnings,
    ...(operator === undefined ? {} : { operator: operatorToJson(operator) }),
  };
}

const operatorToJson = (operator: OperatorAnswer): object =>
  'failure' in operator
    ? { code: operator.failure.code, reason: operator.failure.describe() }
    : { until: operator.until === undefined ? null : formatInstant(operator.until), licence: operator.licence };
