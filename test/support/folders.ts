/**
 * Folders and waiting for tests that run real processes.
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A fresh folder, removed when `cleanup` is called. */
export function temporaryFolder(): { readonly folder: string; readonly cleanup: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'gridtide-test-'));
  return { folder, cleanup: () => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }) };
}

/** Waits until `condition` holds; fails with `what` when it does not within `limitMs`. Not a measure of time. */
export async function until<T>(what: string, condition: () => T | undefined | false, limitMs = 30_000): Promise<T> {
  const end = performance.now() + limitMs;
  for (;;) {
    const value = condition();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > end) throw new Error(`waited ${limitMs} ms in vain for: ${what}`);
    await delay(10);
  }
}
