import { describe, expect, it } from 'vitest';
import { alarmLogged, causeOf, failureLogged } from '../../cli/causes.ts';
import { storeFailure } from '../../store/failure.ts';

const coded = (code: string) => Object.assign(new Error('with rows in it'), { code });

describe('the cause that the log has', () => {
  it('says what failed and the code of why, and nothing that an engine quotes', () => {
    const error = storeFailure('insert events_v1 failed', coded('ECONNREFUSED'));
    expect(causeOf(error)).toMatch(/\(insert events_v1 failed\) ECONNREFUSED$/);
    expect(causeOf(error)).not.toContain('rows');
    expect(causeOf(storeFailure('3 of 4 events are in the range'))).toContain('3 of 4');
  });

  it("is the name and codes of an error that is the engine's own", () => {
    const own = Object.assign(coded('241'), { name: 'ClickHouseError', type: 'MEMORY_LIMIT' });
    expect(failureLogged(own).cause).toBe('ClickHouseError 241 MEMORY_LIMIT');
    expect(JSON.stringify(failureLogged(own))).not.toContain('rows');
  });

  it('has the places of the stack beside it, and not its first line again', () => {
    const { cause, stack } = failureLogged(new TypeError('said\nonce'));
    expect(cause).toBe('TypeError: said\nonce');
    expect(stack).toMatch(/^ {4}at .*causes\.test\.ts/);
    expect(stack).not.toMatch(/said|once/);
    expect(failureLogged('no error')).toEqual({ cause: 'no error', stack: '' });
  });

  it('of an alarm of the spool is a text: an error alone would be {}', () => {
    const cause = Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });
    const logged = JSON.stringify(alarmLogged({ kind: 'sync_failed', segment: 3, cause }));
    expect(logged).toContain('"cause":"Error: EIO: i/o error, fdatasync"');
    expect(alarmLogged({ kind: 'cursor_damaged' })).toEqual({ kind: 'cursor_damaged' });
  });
});
