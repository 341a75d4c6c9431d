import { describe, expect, it } from 'vitest';
import { Registry } from '../../core/entries.ts';
import { REJECT_CODES } from '../../core/event.ts';
import { BATCH_EVENTS_MAX, CLOCK_AHEAD_MAX_MS, EVENT_BYTES_MAX } from '../../core/limits.ts';
import { civilDate, formatInstant, startOfDay } from '../../core/time.ts';

import { acceptEvents, decodeBody } from '../helpers/decode.ts';

const RECEIVED_MS = Date.UTC(2023, 3, 15, 2);

function solution(vendorId: string, id: string, effectiveFrom: string, interactions: string[]) {
  const normalFlow = { allOf: [{ metric: 'logins' as const, per: 'month' as const, atLeast: 1 }] };
  const texts = { name: '方案', usagePlan: '', effectiveFrom: civilDate(effectiveFrom) };
  return { kind: 'solution' as const, id, body: { vendorId, ...texts, interactions, normalFlow } };
}

const registry = new Registry();
registry.apply({ kind: 'vendor', id: 'v-1', body: { name: '甲', taxId: '12345675' } });
registry.apply({ kind: 'vendor', id: 'v-2', body: { name: '乙', taxId: '04595257' } });
registry.apply(solution('v-1', 's-1', '2020-01-01', ['print']));
registry.apply(solution('v-1', 's-1', '2030-01-01', ['sign']));
registry.apply(solution('v-1', 's-plain', '2020-01-01', []));
registry.apply(solution('v-2', 's-2', '2020-01-01', []));
registry.apply({ kind: 'sme', id: '12345675', body: { name: '店' } });

const EVENT = {
  id: 'e-1',
  solutionId: 's-1',
  smeId: '12345675',
  actorId: 'u-1',
  action: 'login',
  occurredAt: '2023-04-15T09:30:00+08:00',
};

const context = { vendorId: 'v-1', receivedAtMs: RECEIVED_MS, registry };
const send = (value: unknown) =>
  acceptEvents(decodeBody('application/json', Buffer.from(JSON.stringify([value]))), context);

/** The code of an event's refusal, or `accepted`. */
const verdict = (change: object) => {
  const { accepted, rejected } = send({ ...EVENT, ...change });
  expect(accepted.length + rejected.length).toBe(1);
  return rejected[0]?.fault.code ?? 'accepted';
};

describe('a boundary', () => {
  it.each([
    ['the latest admitted', RECEIVED_MS + CLOCK_AHEAD_MAX_MS, 'accepted'],
    ['one millisecond later', RECEIVED_MS + CLOCK_AHEAD_MAX_MS + 1, 'future_timestamp'],
    ['the first of 2020 in Taipei', startOfDay(civilDate('2020-01-01')), 'accepted'],
    ['one millisecond earlier', startOfDay(civilDate('2020-01-01')) - 1, 'too_old'],
  ])('of time: %s', (_name, instantMs, expected) => {
    expect(verdict({ occurredAt: formatInstant(instantMs) })).toBe(expected);
    expect(verdict({ occurredAt: new Date(instantMs).toISOString() })).toBe(expected);
  });

  it('of time is judged after cutting to milliseconds', () => {
    expect(verdict({ occurredAt: '2023-04-15T10:05:00.000999999+08:00' })).toBe('accepted');
    expect(verdict({ occurredAt: '2019-12-31T23:59:59.999999999+08:00' })).toBe('too_old');
  });

  it.each([
    ['id', 128, 1],
    ['actorId', 128, 1],
    ['source', 256, 1],
    ['sessionId', 256, 1],
    ['resource', 256, 1],
  ])('of %s: 1 to %i characters, of any plane', (field, max, min) => {
    for (const unit of ['x', '臺', '😀']) {
      expect(verdict({ [field]: unit.repeat(max) })).toBe('accepted');
      expect(verdict({ [field]: unit.repeat(max + 1) })).toBe('invalid_field');
      expect(verdict({ [field]: unit.repeat(min) })).toBe('accepted');
    }
    expect(verdict({ [field]: '' })).toBe('invalid_field');
  });

  it.each([
    ['action', 64, 'unknown_action'],
    ['solutionId', 256, 'unknown_solution'],
  ])('of %s: 1 to %i characters, then it must be known', (field, max, unknown) => {
    expect(verdict({ [field]: '😀'.repeat(max) })).toBe(unknown);
    expect(verdict({ [field]: '😀'.repeat(max + 1) })).toBe('invalid_field');
    expect(verdict({ [field]: '' })).toBe('invalid_field');
  });

  it('of attributes: 16 entries, keys of 1 to 64 and values of 0 to 256 characters', () => {
    const entries = (n: number) => Object.fromEntries(Array.from({ length: n }, (_, i) => [i, '']));
    const row = (key: string, value: unknown) => verdict({ attributes: { [key]: value } });
    expect(verdict({ attributes: entries(16) })).toBe('accepted');
    expect(verdict({ attributes: entries(17) })).toBe('invalid_field');
    expect(verdict({ attributes: {} })).toBe('accepted');
    expect(row('😀'.repeat(64), '😀'.repeat(256))).toBe('accepted');
    expect(row('😀'.repeat(65), '')).toBe('invalid_field');
    expect(row('a', '😀'.repeat(257))).toBe('invalid_field');
    expect(row('', 'x')).toBe('invalid_field');
    for (const value of [1, true, null, ['x'], { b: 'x' }]) {
      expect(row('a', value)).toBe('invalid_field');
    }
    expect(verdict({ attributes: ['x'] })).toBe('invalid_field');
  });

  it.each([
    [0, 'accepted'],
    [Number.MAX_SAFE_INTEGER, 'accepted'],
    [Number.MAX_SAFE_INTEGER + 1, 'invalid_field'],
    [-1, 'invalid_field'],
    [1.5, 'invalid_field'],
    ['1', 'invalid_field'],
    [true, 'invalid_field'],
  ])('of seq: %j is %s', (seq, expected) => {
    expect(verdict({ seq })).toBe(expected);
  });
});

describe('the refusals', () => {
  const large = { attributes: { a: 'x'.repeat(EVENT_BYTES_MAX) } };
  /** For each code an event that has this fault and every one behind it in the order. */
  const faulty: Record<(typeof REJECT_CODES)[number], object> = {
    too_old: { occurredAt: '2019-12-31T00:00:00+08:00' },
    future_timestamp: { occurredAt: '2024-01-01T00:00:00Z' },
    unknown_action: { action: 'dance' },
    unknown_sme: { smeId: '99999999' },
    unknown_solution: { solutionId: 'nope' },
    invalid_field: { actorRole: 'boss' },
    missing_field: { actorId: undefined },
    unknown_field: { nickname: 'x' },
    malformed: {},
    too_large: large,
  };

  it('come in the order of their codes, the first that applies (I-11)', () => {
    let event: object = EVENT;
    const codes = REJECT_CODES.filter((code) => code !== 'malformed' && code !== 'too_old');
    for (const code of codes.toReversed()) {
      event = { ...event, ...faulty[code] };
      expect(send(event).rejected[0]?.fault.code).toBe(code);
    }
    expect(verdict(faulty.too_old)).toBe('too_old');
    expect(verdict({ ...faulty.too_old, action: 'dance' })).toBe('unknown_action');
  });

  it.each([[null], [true], [7], ['text'], [[]], [[EVENT]]])('of %j: malformed', (value) => {
    expect(send(value).rejected).toEqual([
      { index: 0, id: null, fault: { code: 'malformed', detail: expect.any(String) }, value },
    ]);
  });

  it('of a value larger than an event that is none either: too_large', () => {
    expect(send('x'.repeat(EVENT_BYTES_MAX)).rejected[0]?.fault.code).toBe('too_large');
  });

  it.each([
    ['solutionId', 's-2', 'unknown_solution'],
    ['solutionId', '__proto__', 'unknown_solution'],
    ['smeId', '04595257', 'unknown_sme'],
    ['smeId', '1234567', 'invalid_field'],
    ['smeId', '123456755', 'invalid_field'],
    ['smeId', '１２３４５６７５', 'invalid_field'],
    ['smeId', '12345675\n', 'invalid_field'],
    ['smeId', 12345675, 'invalid_field'],
    ['action', 'Login', 'unknown_action'],
    ['action', 'constructor', 'unknown_action'],
    ['action', 'print', 'accepted'],
    ['action', 'sign', 'accepted'],
    ['action', 'browse', 'accepted'],
    ['actorRole', 'Staff', 'invalid_field'],
    ['occurredAt', '2023-04-15T09:30:00', 'invalid_field'],
    ['occurredAt', '2023-02-30T09:30:00Z', 'invalid_field'],
    ['occurredAt', 1681522200000, 'invalid_field'],
    ['ip', '203.0.113.9', 'accepted'],
    ['ip', '2001:db8::1', 'accepted'],
    ['ip', '::ffff:203.0.113.9', 'accepted'],
    ['ip', 'fe80::1%eth0', 'invalid_field'],
    ['ip', '203.0.113.256', 'invalid_field'],
    ['ip', 'localhost', 'invalid_field'],
  ])('%s %j: %s', (field, value, expected) => {
    expect(verdict({ [field]: value })).toBe(expected);
  });

  it('of an action that another solution declares: unknown_action', () => {
    expect(verdict({ solutionId: 's-plain', action: 'print' })).toBe('unknown_action');
  });

  it('name the field and never repeat its value', () => {
    const secret = 'A123456789';
    for (const field of ['smeId', 'actorRole', 'occurredAt', 'ip', 'seq', 'attributes']) {
      const detail = send({ ...EVENT, [field]: secret }).rejected[0]?.fault.detail;
      expect(detail).toContain(field);
      expect(detail).not.toContain(secret);
    }
    const nested = send({ ...EVENT, attributes: { [secret]: 1 } }).rejected[0]?.fault.detail;
    expect(nested).toBe(
      'attributes must hold texts of at most 256 characters under keys of 1 to 64',
    );
    for (const change of [{ solutionId: secret }, { smeId: '88888888' }, { action: secret }]) {
      const detail = send({ ...EVENT, ...change }).rejected[0]?.fault.detail;
      expect(detail).toContain(Object.keys(change)[0]);
      expect(detail).not.toContain(Object.values(change)[0]);
    }
  });

  it('name every missing, invalid and unknown field, unknown names cut', () => {
    const detail = (change: object) => send({ ...EVENT, ...change }).rejected[0]?.fault.detail;
    expect(detail({ id: undefined, actorId: null })).toBe('missing id, actorId');
    expect(detail({ id: '', seq: -1 })).toBe(
      'id must have 1 to 128 characters; seq must not be negative',
    );
    expect(detail({ nickname: 1, 'amy@example.com': 2 })).toBe(
      'unknown field "nickname", (a name that is not shown)',
    );
    const many = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`${i}`.repeat(99), 1]));
    expect(detail(many)?.length).toBeLessThan(400);
  });

  it('carry the id where it is one, the place and the event as sent', () => {
    const idOf = (id: unknown) => send({ ...EVENT, id, seq: -1 }).rejected[0]?.id;
    expect(idOf('😀'.repeat(128))).toBe('😀'.repeat(128));
    for (const id of ['', 'x'.repeat(129), 'a\0', '\ud800', 7, null, { a: 1 }]) {
      expect(idOf(id)).toBeNull();
    }
    const body = [EVENT, { ...EVENT, id: 'e-2', seq: -1 }, 7, { ...EVENT, id: 'e-3' }];
    const { accepted, rejected } = acceptEvents(
      decodeBody('application/json', Buffer.from(JSON.stringify(body))),
      context,
    );
    expect(accepted.map(({ index, event }) => [index, event.id])).toEqual([
      [0, 'e-1'],
      [3, 'e-3'],
    ]);
    expect(rejected.map(({ index, id, value }) => [index, id, value])).toEqual([
      [1, 'e-2', body[1]],
      [2, null, 7],
    ]);
  });

  it('of what could not be decoded keep the code, and no value', () => {
    const items = decodeBody('application/x-ndjson', Buffer.from(`{\n${JSON.stringify(EVENT)}`));
    const { accepted, rejected } = acceptEvents(items, context);
    expect(accepted.map(({ index }) => index)).toEqual([1]);
    expect(rejected).toEqual([
      { index: 0, id: null, fault: expect.objectContaining({ code: 'malformed' }), value: null },
    ]);
  });
});

describe('__proto__ and its kin', () => {
  const poisons = [
    '"__proto__":{"a":1}',
    '"__proto__":null',
    '"\\u005f_proto__":1',
    '"constructor":{"prototype":{}}',
    '"constructor":"x"',
    '"prototype":1',
    '"toString":"x"',
    '"attributes":{"__proto__":"x"}',
    '"attributes":{"__proto__":{"a":"x"}}',
    '"attributes":{"constructor":{"prototype":"x"}}',
    '"attributes":{"a":{"__proto__":"x"}}',
    '"source":[{"__proto__":1}]',
  ];
  const poisoned = (poison: string) => `${JSON.stringify(EVENT).slice(0, -1)},${poison}}`;

  it.each(poisons)('%s is an unknown field, and costs that event alone (I-13)', (poison) => {
    const before = Object.getOwnPropertyDescriptors(Object.prototype);
    const lines = [JSON.stringify(EVENT), poisoned(poison), JSON.stringify(EVENT)];
    for (const [type, body] of [
      ['application/json', `[${lines}]`],
      ['application/x-ndjson', lines.join('\n')],
    ] as const) {
      const { accepted, rejected } = acceptEvents(decodeBody(type, Buffer.from(body)), context);
      expect(accepted.map(({ index }) => index)).toEqual([0, 2]);
      expect(rejected.map((r) => [r.index, r.id, r.fault.code])).toEqual([
        [1, 'e-1', 'unknown_field'],
      ]);
      for (const { event } of accepted) expect(Object.getPrototypeOf(event)).toBe(Object.prototype);
    }
    expect(Object.getOwnPropertyDescriptors(Object.prototype)).toEqual(before);
  });

  it('in a CSV column is an unknown field', () => {
    const header = Object.keys(EVENT);
    for (const column of ['__proto__', 'attributes.__proto__', 'constructor']) {
      const body = `${[...header, column]}\n${[...Object.values(EVENT), 'x']}\n`;
      const { rejected } = acceptEvents(decodeBody('text/csv', Buffer.from(body)), context);
      expect(rejected.map((r) => r.fault.code)).toEqual(['unknown_field']);
    }
  });

  it('as a plain attribute named constructor does no harm and is kept', () => {
    const { accepted } = send({ ...EVENT, attributes: { constructor: 'x' } });
    expect(accepted[0]?.event.attributes).toEqual({ constructor: 'x' });
  });
});

describe('text', () => {
  it.each(['\0', 'a\0b', '\ud800', '\udc00x', 'x\ud83d'])(
    '%j is invalid in every field',
    (text) => {
      const fields = ['id', 'solutionId', 'actorId', 'action', 'source', 'sessionId', 'resource'];
      for (const field of fields) expect(verdict({ [field]: text })).toBe('invalid_field');
      expect(verdict({ attributes: { [text]: 'x' } })).toBe('invalid_field');
      expect(verdict({ attributes: { x: text } })).toBe('invalid_field');
    },
  );

  it('of other kinds is kept as sent', () => {
    for (const actorId of ['王小明 😀', ' ', '\u202e', 'e\u0301', '\ufeff', '\u0001']) {
      expect(send({ ...EVENT, actorId }).accepted[0]?.event.actorId).toBe(actorId);
    }
  });
});

describe('an accepted event', () => {
  const minimal = {
    ...EVENT,
    occurredAt: undefined,
    occurredAtMs: Date.UTC(2023, 3, 15, 1, 30),
    actorRole: 'staff',
    source: null,
    seq: null,
    sessionId: null,
    resource: null,
    ip: null,
    attributes: null,
  };
  const rich = {
    actorRole: 'consumer',
    source: 'web',
    seq: 0,
    sessionId: 's',
    resource: '/orders/1',
    ip: '203.0.113.9',
    attributes: { device: 'iPad' },
  };
  const optional = Object.keys(rich);

  it('has null for what is absent, and staff where no role is given', () => {
    const { occurredAt: _, ...expected } = minimal;
    expect(send(EVENT).accepted).toEqual([{ index: 0, event: expected }]);
  });

  it('may carry null for what is optional, which is absent', () => {
    const nulls = Object.fromEntries(optional.map((field) => [field, null]));
    expect(send({ ...EVENT, ...nulls })).toEqual(send(EVENT));
    for (const field of Object.keys(EVENT)) {
      expect(verdict({ [field]: null })).toBe('missing_field');
      expect(verdict({ [field]: undefined })).toBe('missing_field');
    }
  });

  it('is the same from every format', () => {
    const event = { ...EVENT, ...rich };
    const { occurredAt: _, ...expected } = { ...minimal, ...rich };
    const { attributes, ...flat } = event;
    const csv = `${Object.keys(flat)},attributes.device\r\n${Object.values(flat)},iPad\r\n`;
    for (const [type, body] of [
      ['application/json', JSON.stringify(event)],
      ['application/x-ndjson', JSON.stringify(event)],
      ['text/csv', csv],
    ] as const) {
      const { accepted } = acceptEvents(decodeBody(type, Buffer.from(body)), context);
      expect(accepted).toEqual([{ index: 0, event: expected }]);
    }
    expect(attributes).toEqual({ device: 'iPad' });
  });

  it('may repeat an id: which version stands is decided on load', () => {
    const body = JSON.stringify([EVENT, EVENT, { ...EVENT, action: 'click' }]);
    const items = decodeBody('application/json', Buffer.from(body));
    expect(acceptEvents(items, context).accepted).toHaveLength(3);
  });
});

it('asks the registry for each name once in a batch', () => {
  const asked: string[] = [];
  const counting = {
    ...context,
    registry: Object.assign(Object.create(registry) as Registry, {
      solution: (id: string) => {
        asked.push(id);
        return registry.solution(id);
      },
      sme: (id: string) => {
        asked.push(id);
        return registry.sme(id);
      },
    }),
  };
  const batch = Array.from({ length: BATCH_EVENTS_MAX }, (_, i) => ({ ...EVENT, id: `e-${i}` }));
  const items = decodeBody('application/json', Buffer.from(JSON.stringify(batch)));
  expect(acceptEvents(items, counting).accepted).toHaveLength(BATCH_EVENTS_MAX);
  expect(asked).toEqual(['s-1', '12345675']);
});
