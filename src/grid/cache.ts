/**
 * What each provider last said of a zone, on disk, so that a provider that is down costs accuracy, not time.
 * Written whole or not at all; whatever cannot be read or trusted counts as absent, with the reason.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { asError } from '../errors.ts';
import { instant, MINUTE, millis } from '../units.ts';
import { writePrivate } from './private-file.ts';
import type { Said } from './said.ts';
import { QUALITIES, type Series, signalSchema } from './series.ts';
import { gapsIn, isPlausible, isStep } from './slots.ts';

const valuesSchema = z.object({
  start: z.number().int().multipleOf(MINUTE),
  intensityG: z.array(z.number().nullable()),
  lowG: z.array(z.number().nullable()).optional(),
  highG: z.array(z.number().nullable()).optional(),
  quality: z.array(z.enum(QUALITIES)),
  covered: z.array(z.number().nullable()).optional(),
});
const fileSchema = valuesSchema.extend({
  schemaVersion: z.literal(1),
  zone: z.string(),
  signal: signalSchema,
  stepMs: z.number().int().positive(),
  provider: z.string(),
  source: z.string(),
  sha256: z.string(),
  licence: z.string(),
  fetchedAt: z.number().int(),
  warnings: z.array(z.string()),
  factors: z.string().optional(),
  /** Where the publisher says when it issued its forecast. */
  issuedAt: z.number().int().optional(),
  /** What earlier answers said of the past. */
  earlier: valuesSchema.optional(),
});

export interface AnswerCache {
  /** What was last said, or why nothing is known. Never throws. */
  read(provider: string, zone: string): Promise<Said | { readonly absent: string }>;
  /** Keeps `said`; says what went wrong, `undefined` when nothing did. Never throws. */
  write(provider: string, zone: string, said: Said): Promise<string | undefined>;
}

const numbersOf = (kept: readonly (number | null)[]): Float64Array =>
  Float64Array.from(kept, (value) => value ?? Number.NaN);
const nullsOf = (values: Float64Array): (number | null)[] =>
  Array.from(values, (value) => (Number.isNaN(value) ? null : value));

const writeValues = ({ axis, intensityG, lowG, highG, quality, covered }: Series) => ({
  start: axis.start,
  intensityG: nullsOf(intensityG),
  ...(lowG === undefined ? {} : { lowG: nullsOf(lowG) }),
  ...(highG === undefined ? {} : { highG: nullsOf(highG) }),
  quality: [...quality],
  ...(covered === undefined ? {} : { covered: nullsOf(covered) }),
});

/** The values as part of a series; `undefined` where they are none. */
function readValues(kept: z.infer<typeof valuesSchema>, stepMs: number) {
  const axis = { start: instant(kept.start), step: millis(stepMs), length: kept.intensityG.length };
  const intensityG = numbersOf(kept.intensityG);
  const isSound =
    kept.quality.length === axis.length &&
    [kept.covered, kept.lowG, kept.highG].every((values) => values === undefined || values.length === axis.length) &&
    intensityG.every((value) => Number.isNaN(value) || isPlausible(value));
  if (!isSound) return undefined;
  return {
    axis,
    intensityG,
    ...(kept.lowG === undefined ? {} : { lowG: numbersOf(kept.lowG) }),
    ...(kept.highG === undefined ? {} : { highG: numbersOf(kept.highG) }),
    ...(kept.covered === undefined ? {} : { covered: numbersOf(kept.covered) }),
    quality: kept.quality,
    gaps: gapsIn(intensityG, axis, () => 'not published'),
  };
}

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
        const values = readValues(kept, kept.stepMs);
        const before = kept.earlier === undefined ? undefined : readValues(kept.earlier, kept.stepMs);
        const isWhole = values !== undefined && (kept.earlier === undefined || before !== undefined);
        if (kept.zone !== zone || kept.provider !== provider || !isStep(kept.stepMs) || !isWhole)
          return { absent: 'the kept answer is damaged' };
        const provenance = {
          provider,
          source: kept.source,
          licence: kept.licence,
          fetchedAt: instant(kept.fetchedAt),
          issuedAt: instant(kept.issuedAt ?? kept.fetchedAt),
          issuedAtBasis: kept.issuedAt === undefined ? ('fetch-time' as const) : ('provider' as const),
          ...(kept.factors === undefined ? {} : { factors: kept.factors }),
        };
        const whose = { zone, signal: kept.signal };
        return {
          newest: {
            ...whose,
            ...values,
            provenance: { ...provenance, sha256: kept.sha256 },
            warnings: kept.warnings,
          },
          ...(before === undefined ? {} : { earlier: { ...whose, ...before, provenance, warnings: [] } }),
        };
      } catch {
        return { absent: 'the kept answer is damaged' };
      }
    },
    async write(provider, zone, { newest, earlier }) {
      const file = fileOf(provider, zone);
      if (file === undefined) return undefined;
      const { provenance, signal, axis, warnings } = newest;
      const document: z.input<typeof fileSchema> = {
        schemaVersion: 1,
        zone,
        signal,
        stepMs: axis.step,
        ...writeValues(newest),
        provider,
        source: provenance.source,
        sha256: provenance.sha256 ?? '',
        licence: provenance.licence,
        fetchedAt: provenance.fetchedAt,
        warnings: [...warnings],
        ...(provenance.issuedAtBasis === 'provider' ? { issuedAt: provenance.issuedAt } : {}),
        ...(provenance.factors === undefined ? {} : { factors: provenance.factors }),
        ...(earlier === undefined ? {} : { earlier: writeValues(earlier) }),
      };
      try {
        await writePrivate(file, JSON.stringify(document));
        return undefined;
      } catch (error) {
        return `the answer could not be kept (${asError(error).message})`;
      }
    },
  };
}
