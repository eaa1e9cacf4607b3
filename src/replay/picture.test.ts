import { describe, expect, it } from 'vitest';
import { question } from './fixtures.ts';
import { drawPicture } from './picture.ts';
import { replay } from './report.ts';
import { element } from './svg.ts';

const GRID = Array.from({ length: 24 * 21 }, (_, hour) => 300 + 200 * Math.cos((hour * Math.PI) / 12));
const ROWS = Array.from({ length: 200 }, (_, i) => ({ submitH: 2 * i, lengthH: 3, pausable: true }));
const VIEW = { title: 'Germany & <Sweden>', timeZone: 'Europe/Berlin', notes: [] };

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
    expect(drawPicture(report(), VIEW)).not.toContain('first come first');
    const capacity = { cpus: 1, gpus: Number.POSITIVE_INFINITY };
    const picture = drawPicture(report({ capacity, slacks: [] }), VIEW);
    expect(picture).toContain('first come first');
    expect(picture).toMatch(/\d+ late/);
    expect(picture).not.toContain('What patience buys');
  });

  it('shows the whole of a history that is shorter than a week', () => {
    const short = replay(question([{ submitH: 1, lengthH: 2 }], [GRID.slice(0, 48)]));
    expect(short.week.intensityG).toHaveLength(48);
    expect(drawPicture(short, VIEW)).toContain('From 2023-01-02 on');
  });

  it('holds no character that XML forbids, whatever a zone is called', () => {
    expect(element('a\u0000\u001b[31m<b>&"c\ud800\ufffe')).toBe('a[31m&lt;b&gt;&amp;&quot;c');
  });
});
