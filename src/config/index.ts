/**
 * `gridtide.yaml`, the environment, and defaults.
 *
 * @module
 */
export {
  CONFIG_FILE,
  type Config,
  type Environment,
  type GridLink,
  type LoadConfigOptions,
  loadConfig,
  type PriceConfig,
  type ProviderName,
  parseConfig,
  type SiteConfig,
} from './config.ts';
export { PROVIDER_NAMES, writtenConfig } from './written.ts';
