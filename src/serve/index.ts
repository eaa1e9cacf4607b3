/**
 * The HTTP door: read-only, for this machine unless it is told otherwise. So far it speaks the Carbon Aware SDK's Web API.
 *
 * @module
 */
export type { CarbonSource, Intensities, KnownLocation } from './port.ts';
export { type Served, type ServeOptions, serve } from './server.ts';
