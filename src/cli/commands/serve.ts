/**
 * `gridtide serve`: answers over HTTP until it is told to end.
 *
 * @module
 */
import { appFor, interrupt } from '../context.ts';
import type { ServeOptions } from '../options.ts';
import { note, printJson, say } from '../output.ts';

export async function serve(options: ServeOptions): Promise<number> {
  const end = interrupt();
  const app = await appFor(options, end);
  const { host, port, prefix = '' } = options;
  const onMistake = (error: Error): void =>
    note('An answer failed by a mistake in Gridtide. Please report it with these lines:', error.stack ?? error.message);
  const served = await app.serve({ host, port, prefix, onMistake });
  try {
    if (served.isOpen)
      note(`Whoever reaches ${served.address} may ask: there is no authentication, and no encryption.`);
    if (options.json) printJson({ schemaVersion: 1, address: served.address, port: served.port, prefix });
    else say(`Listening at ${served.address}${prefix}; Ctrl-C ends it.`);
    if (!end.aborted) await new Promise((resolve) => end.addEventListener('abort', resolve, { once: true }));
  } finally {
    await served.close();
  }
  return 0;
}
