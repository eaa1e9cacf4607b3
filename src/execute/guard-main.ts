/**
 * The guard's process: `node guard-main.js FOLDER`.
 *
 * @module
 */
import { guard } from './guard.ts';

const root = process.argv[2];
if (root !== undefined) await guard(root, new AbortController().signal);
