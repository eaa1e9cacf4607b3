/**
 * Figures and times in the sentences of a plan. Times are UTC, because a plan knows no other clock.
 *
 * @module
 */
import { HOUR, MINUTE } from '../units.ts';

/** Narrow no-break space: between a number and its unit. */
export const NARROW = '\u202f';

/** `1.2 %`; a true minus. */
export function percent(value: number): string {
  const text = Number.isInteger(value) && value !== 0 ? String(value) : value.toFixed(1);
  return `${text.replace('-0.0', '0.0').replace('-', '\u2212')}${NARROW}%`;
}

/** `212 g/kWh`. */
export const intensity = (gramsPerKWh: number): string => `${Math.round(gramsPerKWh)}${NARROW}g/kWh`;

/** `5.71 kWh`. */
export const energy = (kWh: number): string => `${Number(kWh.toPrecision(3))}${NARROW}kWh`;

/** `4 h 35 min`; whole minutes, rounded up. */
export function duration(length: number): string {
  const minutes = Math.ceil(length / MINUTE);
  const hours = Math.floor((minutes * MINUTE) / HOUR);
  const rest = minutes - (hours * HOUR) / MINUTE;
  if (hours === 0) return `${rest}${NARROW}min`;
  return rest === 0 ? `${hours}${NARROW}h` : `${hours}${NARROW}h ${rest}${NARROW}min`;
}

/** `22:00Z`, with month and day (`06-02 22:00Z`) when it is not the day of `beside`. */
export function time(at: number, beside: number): string {
  const text = new Date(at).toISOString();
  const clock = `${text.slice(11, 16)}Z`;
  return text.slice(0, 10) === new Date(beside).toISOString().slice(0, 10) ? clock : `${text.slice(5, 10)} ${clock}`;
}
