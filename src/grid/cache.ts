/**
 * The last good answer of each provider and zone on disk, so that a provider that is down costs accuracy, not time.
 * Written whole or not at all; whatever cannot be read or trusted counts as absent, with the reason.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { asError } from '../errors.ts';
import { instant, MINUTE, millis } from '../units.ts';
import { QUALITIES, type Series, signalSchema } from './series.ts';
import { gapsIn, isPlausible, isStep } from './slots.ts';

const fileSchema = z.object({
  schemaVersion: z.literal(1),
  zone: z.string(),
  signal: signalSchema,
  start: z.number().int(),
  stepMs: z.number().int().positive(),
  intensityG: z.array(z.number().nullable()),
  quality: z.array(z.enum(QUALITIES)),
  provider: z.string(),
  source: z.string(),
  sha256: z.string(),
  licence: z.string(),
  fetchedAt: z.number().int(),
  warnings: z.array(z.string()),
  factors: z.string().optional(),
  /** Where the publisher says when it issued its forecast. */
  issuedAt: z.number().int().optional(),
  covered: z.array(z.number().nullable()).optional(),
});

export interface AnswerCache {
  /** The last good answer, or why there is none. Never throws. */
  read(provider: string, zone: string): Promise<Series | { readonly absent: string }>;
  /** Keeps `series`; says what went wrong, `undefined` when nothing did. Never throws. */
  write(provider: string, zone: string, series: Series): Promise<string | undefined>;
}

const numbersOf = (kept: readonly (number | null)[]): Float64Array =>
  Float64Array.from(kept, (value) => value ?? Number.NaN);
const nullsOf = (values: Float64Array): (number | null)[] =>
  Array.from(values, (value) => (Number.isNaN(value) ? null : value));

/** A cache in `folder`, made when it is first written to. Zones become file names, so only plain ones are kept. */
export function answerCache(folder: string): AnswerCache {
  const fileOf = (provider: string, zone: string): string | undefined =>
    /^[A-Za-z0-9-]{1,40}$/.test(zone) ? join(folder, `${provider}-${zone}.json`) : undefined;
  return {
    async read(provider, zone) {
      const file = fileOf(provider, zone);
      if (file === undefined) return { absent: 'nothing kept' };
      let text: string;
      try {
        text = await readFile(file, 'utf8');
      } catch {
        return { absent: 'nothing kept' };
      }
      try {
        const kept = fileSchema.parse(JSON.parse(text));
        const axis = { start: instant(kept.start), step: millis(kept.stepMs), length: kept.intensityG.length };
        const intensityG = numbersOf(kept.intensityG);
        const sound =
          kept.zone === zone &&
          kept.provider === provider &&
          isStep(axis.step) &&
          kept.start % MINUTE === 0 &&
          kept.quality.length === axis.length &&
          (kept.covered === undefined || kept.covered.length === axis.length);
        if (!sound || intensityG.some((value) => !Number.isNaN(value) && !isPlausible(value)))
          return { absent: 'the kept answer is damaged' };
        return {
          zone,
          signal: kept.signal,
          axis,
          intensityG,
          ...(kept.covered === undefined ? {} : { covered: numbersOf(kept.covered) }),
          quality: kept.quality,
          gaps: gapsIn(intensityG, axis, () => 'not published'),
          provenance: {
            provider,
            source: kept.source,
            sha256: kept.sha256,
            licence: kept.licence,
            fetchedAt: instant(kept.fetchedAt),
            issuedAt: instant(kept.issuedAt ?? kept.fetchedAt),
            issuedAtBasis: kept.issuedAt === undefined ? 'fetch-time' : 'provider',
            ...(kept.factors === undefined ? {} : { factors: kept.factors }),
          },
          warnings: kept.warnings,
        };
      } catch {
        return { absent: 'the kept answer is damaged' };
      }
    },
    async write(provider, zone, series) {
      const file = fileOf(provider, zone);
      if (file === undefined) return undefined;
      const document = {
        schemaVersion: 1,
        zone,
        signal: series.signal,
        start: series.axis.start,
        stepMs: series.axis.step,
        intensityG: nullsOf(series.intensityG),
        quality: series.quality,
        provider,
        source: series.provenance.source,
        sha256: series.provenance.sha256 ?? '',
        licence: series.provenance.licence,
        fetchedAt: series.provenance.fetchedAt,
        warnings: series.warnings,
        ...(series.provenance.issuedAtBasis === 'provider' ? { issuedAt: series.provenance.issuedAt } : {}),
        ...(series.provenance.factors === undefined ? {} : { factors: series.provenance.factors }),
        ...(series.covered === undefined ? {} : { covered: nullsOf(series.covered) }),
      } satisfies z.infer<typeof fileSchema> | Record<string, unknown>;
      const draft = `${file}.${randomUUID()}.tmp`;
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await writeFile(draft, JSON.stringify(document), { mode: 0o600 });
        await rename(draft, file);
        return undefined;
      } catch (error) {
        await rm(draft, { force: true }).catch(() => {});
        return `the answer could not be kept (${asError(error).message})`;
      }
    },
  };
}
