import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChartRenderer, UsageChart } from '../../core/chart.ts';
import { createChartRenderer, RenderBusyError } from '../../render/index.ts';
import { usageChart } from './fixture.ts';

const PNG_SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const TIMEOUT_MS = 60_000;

let renderer: ChartRenderer;
beforeAll(() => {
  renderer = createChartRenderer({ workers: 1 });
});
afterAll(() => renderer.close());

function named(smeName: string): UsageChart {
  return usageChart({ contractMonths: 1, changes: { smeName } });
}

function broken(): UsageChart {
  return usageChart({ contractMonths: 1, changes: { months: [] } });
}

/** Stands for the bytes: a difference would fill the screen. */
function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** What is seen: without the words of an SVG. */
function outlinesOf(bytes: Uint8Array): string {
  const seen = Buffer.from(bytes)
    .toString('latin1')
    .replace(/<title>.*<\/title>/, '');
  return digestOf(Buffer.from(seen, 'latin1'));
}

describe('a drawn record', { timeout: TIMEOUT_MS }, () => {
  it('is a PNG of an A4 sheet on its side', async () => {
    const png = await renderer.render(usageChart(), 'png');
    expect([...png.subarray(0, 8)]).toEqual(PNG_SIGNATURE);
    const header = new DataView(png.buffer, png.byteOffset + 16);
    expect([header.getUint32(0), header.getUint32(4)]).toEqual([2100, 1485]);
    expect(2100 / 1485).toBeCloseTo(Math.SQRT2, 2);
  });

  it.each(['png', 'svg'] as const)(
    'has the same %s bytes again and from another pool (I-61)',
    async (format) => {
      const chart = usageChart({ contractMonths: 12 });
      const first = await renderer.render(chart, format);
      const again = await renderer.render(chart, format);
      const other = createChartRenderer({ workers: 2 });
      const elsewhere = await Promise.all([
        other.render(chart, format),
        other.render(chart, format),
      ]);
      await other.close();
      for (const bytes of [again, ...elsewhere]) expect(digestOf(bytes)).toBe(digestOf(first));
    },
  );

  it('as SVG has outlines instead of text, so it reads the same without the font', async () => {
    const svg = Buffer.from(await renderer.render(usageChart(), 'svg')).toString('utf8');
    expect(svg).toMatch(/^<\?xml[^>]*>\s*<svg [^>]*width="1400" height="990"/);
    expect(svg).not.toMatch(/<text|<tspan|font-family|<image|<script/);
    expect(svg.match(/<path/g)?.length).toBeGreaterThan(300);
    expect(svg.trimEnd().endsWith('</svg>')).toBe(true);
  });

  it('as SVG has its parties, its figure and each month in words that can be read aloud (I-164)', async () => {
    const chart = usageChart({
      contractMonths: 2,
      states: ['met', 'held'],
      changes: { smeName: '甲 & <乙>\uffff$&', orderId: 'o<1>' },
    });
    const svg = Buffer.from(await renderer.render(chart, 'svg')).toString('utf8');
    const head = svg.slice(0, svg.indexOf('</desc>') + 7);
    expect(head).toMatch(/<svg role="img" [^>]*><title>/);
    expect(head).toContain(
      '<title>企業使用紀錄 Usage record · 甲 &amp; &lt;乙&gt;$&amp; · 訂單 Order o&lt;1&gt; · 可核銷月數 Claimable months 1 / 2</title>',
    );
    expect(head).toContain(
      '<desc>資料截至 As of 2026-08-24 00:00（民國115年8月24日）; ' +
        '第1個月 Month 1, 2023-04-15–2023-05-14: 達標 Met, 可核銷 Claimable; ' +
        '第2個月 Month 2, 2023-05-15–2023-06-14: 待審 Held, 不可核銷 Not claimable</desc>',
    );
  });

  it.each(['png', 'svg'] as const)('shows Chinese characters, not boxes, as %s', async (format) => {
    const names = ['甲', '乙', '丙', '\u{20BB7}'];
    const drawn = await Promise.all(names.map((n) => renderer.render(named(n), format)));
    expect(new Set(drawn.map(outlinesOf)).size).toBe(names.length);
  });

  it('takes no character from the fonts of the machine (I-63)', async () => {
    const [smile, ghost, arabic] = await Promise.all(
      ['😀', '👻', 'ب'].map(async (n) => outlinesOf(await renderer.render(named(n), 'svg'))),
    );
    expect(ghost).toBe(smile);
    expect(arabic).toBe(smile);
  });

  it('has the shades of each month on end: the head over the plot, and both panels', async () => {
    const chart = usageChart({ states: ['held'] });
    const svg = Buffer.from(await renderer.render(chart, 'svg')).toString('utf8');
    const shades = [...svg.matchAll(/<path fill="#E8DFF5" d="([^"]*)"/g)].map((m) =>
      cornersOf(m[1]),
    );
    expect(shades).toHaveLength(3 * chart.months.length);
    for (const i of chart.months.keys()) {
      const [head, work, people] = [shades[i], shades[4 + 2 * i], shades[5 + 2 * i]];
      expect(work?.left).toBeCloseTo(head?.left ?? 0, 1);
      expect(people?.right).toBeCloseTo(head?.right ?? 0, 1);
      expect(work?.top).toBeCloseTo(head?.bottom ?? 0, 1);
      expect(people?.top).toBeCloseTo(work?.bottom ?? 0, 1);
    }
  });
});

function cornersOf(path = ''): Record<'left' | 'right' | 'top' | 'bottom', number> {
  const points = [...path.matchAll(/[ML](\S+) ([\d.]+)/g)].map((m) => [Number(m[1]), Number(m[2])]);
  const [xs, ys] = [points.map((p) => p[0] ?? 0), points.map((p) => p[1] ?? 0)];
  return {
    left: Math.min(...xs),
    right: Math.max(...xs),
    top: Math.min(...ys),
    bottom: Math.max(...ys),
  };
}

describe('the renderer', { timeout: TIMEOUT_MS }, () => {
  it('leaves the event loop free while it draws', async () => {
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 1);
    await renderer.render(usageChart({ contractMonths: 12 }), 'png');
    clearInterval(timer);
    expect(turns).toBeGreaterThan(0);
  });

  it('fails a chart that cannot be drawn alone: those beside it are drawn', async () => {
    const [before, failed, after] = await Promise.allSettled([
      renderer.render(usageChart(), 'svg'),
      renderer.render(broken(), 'svg'),
      renderer.render(usageChart(), 'svg'),
    ]);
    expect(failed).toMatchObject({ status: 'rejected', reason: expect.any(Error) });
    expect(before.status).toBe('fulfilled');
    expect(after.status).toBe('fulfilled');
  });

  it('refuses more than may wait, and draws what it took', async () => {
    const small = createChartRenderer({ workers: 1, waitingMax: 2 });
    const asked = Array.from({ length: 8 }, () => small.render(named('甲'), 'svg'));
    const answers = await Promise.allSettled(asked);
    await small.close();
    const refused = answers.filter((a) => a.status === 'rejected');
    expect(refused).toHaveLength(5);
    for (const { reason } of refused) expect(reason).toBeInstanceOf(RenderBusyError);
  });

  it('draws what it was asked before it closes, and nothing after', async () => {
    const closing = createChartRenderer({ workers: 1 });
    const asked = closing.render(named('甲'), 'svg');
    await Promise.all([closing.close(), closing.close()]);
    expect((await asked).length).toBeGreaterThan(0);
    await expect(closing.render(named('甲'), 'svg')).rejects.toThrow('closed');
  });
});
