import { describe, expect, it } from 'vitest';
import { grams } from '../units.ts';
import { question } from './fixtures.ts';
import { drawPicture } from './picture.ts';
import { replay } from './report.ts';
import { element } from './svg.ts';

const GRID = Array.from({ length: 24 * 21 }, (_, hour) => 300 + 200 * Math.cos((hour * Math.PI) / 12));
const ROWS = Array.from({ length: 200 }, (_, i) => ({ submitH: 2 * i, lengthH: 3, pausable: true }));
const VIEW = {
  title: 'Germany & <Sweden>',
  timeZone: 'Europe/Berlin',
  power: '6 W a CPU',
  notes: [`3 left out: ${'word '.repeat(60)}`],
};

const report = (more: Parameters<typeof question>[2] = {}) =>
  replay(question(ROWS, [GRID], { slacks: [0.5, 1, 2], ...more }));

/** Names of the elements that are open at the end: none, in markup that is well formed. */
function unclosed(markup: string): string[] {
  const open: string[] = [];
  for (const [, end, name = '', , single] of markup.matchAll(/<(\/?)([a-z]+)((?:\s[\w:-]+="[^"<]*")*)\s*(\/?)>/g)) {
    if (end === '/') expect(open.pop()).toBe(name);
    else if (single !== '/') open.push(name);
  }
  return open;
}

describe('the picture', () => {
  it('is whole, well formed and names what it shows', () => {
    const picture = drawPicture(report(), VIEW);
    expect(unclosed(picture)).toEqual([]);
    expect(picture).toContain('Germany &amp; &lt;Sweden&gt; would have emitted');
    expect(picture).toContain('prefers-color-scheme:dark');
    expect(picture).toContain('CO<tspan class="low" dy="2.5">2</tspan>');
    expect(picture.replaceAll(/<[^>]*>/g, '')).not.toMatch(/NaN|undefined|Infinity|null/);
    expect(picture).not.toMatch(/="[^"]*NaN|<script|href|@import|url\(/);
  });

  it('shows first come, first served and what is late only where a capacity makes a difference', () => {
    expect(drawPicture(report(), VIEW)).not.toContain('first come, first served');
    const capacity = { cpus: 1, gpus: Number.POSITIVE_INFINITY };
    const picture = drawPicture(report({ capacity, slacks: [] }), VIEW);
    expect(picture).toContain('first come, first served');
    expect(picture).toMatch(/\d+ late/);
    expect(picture).not.toContain('What patience buys');
  });

  it('holds what patience buys against running at once, also where more patience emits more', () => {
    const asked = report({ slacks: [1] });
    const [now] = asked.rows;
    const half = { slackTimes: 1, meanDelayH: 9, emissionsG: grams((now?.emissionsG ?? 0) / 2) };
    const worse = { slackTimes: 2, meanDelayH: 20, emissionsG: grams((now?.emissionsG ?? 0) * 2) };
    const picture = drawPicture({ ...asked, patience: [half, worse] }, VIEW);
    expect(picture).toContain('−50\u202f%');
    expect(picture).toContain('+100\u202f%');
  });

  it('shows the whole of a history that is shorter than a week', () => {
    const short = replay(question([{ submitH: 1, lengthH: 2 }], [GRID.slice(0, 48)]));
    expect(short.week.intensityG).toHaveLength(48);
    expect(drawPicture(short, VIEW)).toContain('From 2023-01-02 on');
  });

  it('calls a week one like the others only where there are others', () => {
    expect(drawPicture(report(), VIEW)).toContain(', one like the others');
    const only = replay(question([{ submitH: 1, lengthH: 2 }], [GRID]));
    expect(drawPicture(only, VIEW)).toMatch(/The week from 2023-01-0\d</);
  });

  it('says what its figures rest on, in lines that it is wide enough for', () => {
    const picture = drawPicture(report(), VIEW);
    expect(picture).toContain('power: 6 W a CPU');
    expect(picture).toContain('3 left out: word');
    const lines = [...picture.matchAll(/class="small">([^<]*)</g)].map(([, words]) => words?.length ?? 0);
    expect(Math.max(...lines)).toBeLessThanOrEqual(175);
  });

  it('holds no character that XML forbids, whatever a zone is called', () => {
    expect(element('a\u0000\u001b[31m<b>&"c\ud800\ufffe')).toBe('a[31m&lt;b&gt;&amp;&quot;c');
  });
});
