/**
 * How good forecasts that were really issued have been: each is scored when its truth has come in, and the score kept.
 *
 * @module
 */
import type { Store } from '../store/index.ts';
import { type Instant, instant } from '../units.ts';
import type { Outcome } from './models/blend.ts';

/** One day ahead of one forecast, beside what came. */
export interface Score {
  /** `gridtide`, or the provider whose own forecast it was. */
  readonly model: string;
  /** Start of the first hour ahead. */
  readonly origin: Instant;
  /** 0 to 3. */
  readonly day: number;
  /** Hours whose truth is known. */
  readonly hours: number;
  readonly mapePercent: number;
  /** Hours whose truth lay between p10 and p90; `null` where there was no band. */
  readonly within: number | null;
}

/** What is known of one model on one day ahead. */
export interface ModelSkill {
  readonly model: string;
  readonly day: number;
  /** Forecasts that it is known from. */
  readonly origins: number;
  readonly mapePercent: number;
  /** Share of hours between p10 and p90; `undefined` where no band was given. */
  readonly within: number | undefined;
}

export interface Scores {
  /** Appends; what is there already stays. */
  keep(series: number, scores: readonly Score[], scoredAt: Instant): Promise<void>;
  /** Those of origins from `since` on that were known at `asOf`, oldest origin first, as they were kept. */
  read(series: number, since: Instant, asOf: Instant): Promise<readonly Score[]>;
}

export function openScores(store: Store): Scores {
  return {
    async keep(series, scores, scoredAt) {
      if (scores.length === 0) return;
      const rows = scores.map(({ model, origin, day, hours, mapePercent, within }) => ({
        series,
        model,
        origin,
        day,
        hours,
        mape_percent: mapePercent,
        within,
        scored_at: scoredAt,
      }));
      await store.transaction((trx) =>
        trx
          .insertInto('forecast_score')
          .values(rows)
          .onConflict((conflict) => conflict.doNothing())
          .execute(),
      );
    },
    async read(series, since, asOf) {
      const rows = await store.db
        .selectFrom('forecast_score')
        .select(['model', 'origin', 'day', 'hours', 'mape_percent', 'within'])
        .where('series', '=', series)
        .where('origin', '>=', since)
        .where('scored_at', '<=', asOf)
        .orderBy('origin')
        .orderBy('id')
        .execute();
      return rows.map(({ mape_percent, ...row }) => ({
        ...row,
        origin: instant(row.origin),
        mapePercent: mape_percent,
      }));
    },
  };
}

/** Scores as the models compare them: by origin, the error of each model on each day ahead. */
export function outcomesOf(scores: readonly Score[]): readonly Outcome[] {
  const outcomes = new Map<Instant, Map<string, Float64Array>>();
  for (const { model, origin, day, mapePercent } of scores) {
    const outcome = outcomes.get(origin) ?? new Map<string, Float64Array>();
    const errors = outcome.get(model) ?? new Float64Array(4).fill(Number.NaN);
    errors[day] = mapePercent / 100;
    outcomes.set(origin, outcome.set(model, errors));
  }
  return [...outcomes.values()];
}

/** The skill of each model on each day ahead, means over forecasts. */
export function skillsOf(scores: readonly Score[]): readonly ModelSkill[] {
  const models = [...new Set(scores.map(({ model }) => model))];
  return models.flatMap((model) =>
    [0, 1, 2, 3].flatMap((day): ModelSkill[] => {
      const found = scores.filter((score) => score.model === model && score.day === day);
      if (found.length === 0) return [];
      const banded = found.filter(({ within }) => within !== null);
      const sum = (of: readonly Score[], value: (score: Score) => number): number =>
        of.reduce((total, score) => total + value(score), 0);
      return [
        {
          model,
          day,
          origins: found.length,
          mapePercent: sum(found, ({ mapePercent }) => mapePercent) / found.length,
          within:
            banded.length === 0
              ? undefined
              : sum(banded, ({ within }) => within ?? 0) / sum(banded, ({ hours }) => hours),
        },
      ];
    }),
  );
}
