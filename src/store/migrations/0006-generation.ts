/**
 * The generation by source that computed intensities rest on, beside each block of them. Of blocks that were kept before,
 * none is known.
 *
 * @module
 */
export const generation: readonly string[] = [
  'alter table grid_block add column sources text',
  'alter table grid_block add column power blob',
];
