/**
 * How things look in the terminal: models in, lines out, and the painter that keeps a run on the screen.
 *
 * @module
 */
export { type DoctorView, drawDoctor } from './doctor.ts';
export { drawExplanation, type ExplanationView } from './explanation.ts';
export { drawFailure, type FailureView } from './failure.ts';
export { drawForecast, type ForecastDrawing } from './forecast.ts';
export { drawFrontier, type FrontierChoice, type FrontierView } from './frontier.ts';
export { drawGrid, type GridView } from './grid.ts';
export { drawList, type ListedRun, type ListView } from './list.ts';
export { type Live, type LiveView, liveRun, type Screen } from './live.ts';
export { drawPlan, type PlanView } from './plan.ts';
export { drawReceipt, type ReceiptView } from './receipt.ts';
export { drawReplay, type ReplayView } from './replay.ts';
export { drawRun, type RunView } from './run.ts';
export { type Line, NO_COLOUR, type Palette, paint, paletteFor, type Span } from './style.ts';
export { drawVerify, type Verified } from './verify.ts';
export { drawWhatIf, type WhatIfView } from './what-if.ts';
