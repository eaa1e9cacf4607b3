/**
 * The same workflow as `workflow.yaml`, word for word, in the form for people who want their editor to complete it
 * and their own code to build it. A test holds the two together.
 *
 * @module
 */
import { defineWorkflow } from 'gridtide';

// biome-ignore lint/style/noDefaultExport: the loader takes the workflow of a file from its default export
export default defineWorkflow({
  gridtide: 1,
  workflow: 'first-light',
  deadline: '+19h',
  unit: { name: 'prediction', count: 1000 },
  // Nobody waits for an example, so here any gain counts; the default asks for 5 %.
  policy: { minPredictedSaving: '0 %' },
  steps: {
    prepare: {
      run: 'node prepare.js',
      duration: { p50: '35m', p90: '1h' },
      needs: { cpus: 1, memory: '300 MB' },
    },
    train: {
      after: 'prepare',
      run: ['node', 'train.js'],
      duration: { p50: '5h30m', p90: '10h' },
      needs: { cpus: 1, memory: '200 MB' },
      interruptible: { mode: 'checkpoint', checkpoint: '5m', restart: '5m', signal: 'SIGUSR2' },
      retries: 1,
    },
    evaluate: {
      after: 'train',
      run: 'node evaluate.js',
      duration: { p50: '30m', p90: '1h' },
      needs: { cpus: 1, memory: '200 MB' },
    },
    score: {
      after: 'evaluate',
      run: 'node score.js',
      duration: { p50: '20m', p90: '45m' },
      needs: { cpus: 1, memory: '200 MB' },
    },
  },
});
