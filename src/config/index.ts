/**
 * `gridtide.yaml`, the environment, and defaults.
 *
 * @module
 */
export {
  type Config,
  type Environment,
  type GridLink,
  type LoadConfigOptions,
  loadConfig,
  type PriceConfig,
  parseConfig,
  type SiteConfig,
  type WeatherConfig,
} from './config.ts';
export { writtenConfig } from './written.ts';
