import { WriteStream } from 'node:tty';
import { describe, expect, it, vi } from 'vitest';
import { startProgress } from '../../cli/commands/shared/progress.ts';

/** What a terminal is sent. */
function terminal(): { readonly out: NodeJS.WriteStream; text(): string } {
  let text = '';
  const out = Object.assign(Object.create(WriteStream.prototype), {
    isTTY: true,
    columns: 80,
    write(chunk: string) {
      text += chunk;
      return true;
    },
  }) as NodeJS.WriteStream;
  return { out, text: () => text };
}

describe('a line printed beside a bar', () => {
  it('stands on a line of its own, and the bar is drawn again below it', async () => {
    const { out, text } = terminal();
    const progress = startProgress('Sending', 4, out);
    progress.update(2);
    progress.beside(() => out.write('record 3 refused\n'));
    const printed = text();
    // To the start of the line, and the line cleared.
    expect(printed.endsWith('\u001b[1G\u001b[2Krecord 3 refused\n')).toBe(true);
    await vi.waitUntil(() => text().length > printed.length, { timeout: 20_000 });
    expect(text().slice(printed.length)).toContain('Sending');
    progress.end();
  });
});
