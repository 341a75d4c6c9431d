import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { idOf, readEvent } from '../../ingest/decode/readEvent.ts';
import { decodeBody, type ParsedItem } from '../helpers/decode.ts';

/** The conformance files of the CloudEvents project: see `test/fixtures/cloudevents`. */

type Context = Readonly<Record<string, unknown>>;
interface Case {
  readonly id: string;
  readonly event: Context;
}
interface Batch {
  readonly id: string;
  readonly batch: readonly unknown[];
}

function casesOf<T>(file: string): T[] {
  const url = new URL(`../fixtures/cloudevents/format-json/${file}.json`, import.meta.url);
  return (JSON.parse(readFileSync(url, 'utf8')) as { tests: T[] }).tests;
}

const structured = (event: unknown) =>
  decodeBody('application/cloudevents+json', Buffer.from(JSON.stringify(event)));
const batched = (events: unknown) =>
  decodeBody('application/cloudevents-batch+json', Buffer.from(JSON.stringify(events)));

/** The event in binary mode, where headers can carry it at all: attributes that are texts. */
function binary(event: Context): ParsedItem[] {
  const { data, data_base64: _base64, datacontenttype, ...context } = event;
  const present = Object.entries(context).filter(([, value]) => value !== null);
  const cloudEvent = Object.fromEntries(present.map(([name, value]) => [name, String(value)]));
  const body = Buffer.from(data === undefined ? '' : String(data));
  return decodeBody(String(datacontenttype ?? ''), body, { format: 'events', cloudEvent });
}

const malformed = (id: unknown = expect.anything()) => ({
  fault: { code: 'malformed', detail: expect.any(String) },
  id,
});
const USAGE = { solutionId: 's', smeId: '12345678', actorId: 'a', action: 'create' };
const isText = (event: Context) => event['data'] !== undefined;
const validIdOf = ({ id }: Context) => (typeof id === 'string' && id !== '' ? id : null);

describe('valid events', () => {
  const cases = casesOf<Case>('valid-events');

  it('are there', () => {
    expect(cases).toHaveLength(10);
    expect(cases.filter((c) => isText(c.event)).map((c) => c.id)).toEqual(['validSimpleTextData']);
  });

  it.each(cases)('$id is read as its context says; text as data is none of ours', ({ event }) => {
    const { id, time } = event;
    const expected = isText(event)
      ? malformed(id)
      : { value: { id, ...(typeof time === 'string' ? { occurredAt: time } : {}) } };
    expect(structured(event)).toEqual([expected]);
    expect(batched([event])).toEqual([expected]);
    expect(binary(event)).toEqual([expected]);
  });

  it.each(cases)('$id carries a usage event in its data', ({ event }) => {
    const fields = { solutionId: 's', action: 'create' };
    const { data: _text, datacontenttype: _type, ...context } = event;
    const value = structured({ ...context, data: fields });
    expect(value).toEqual([{ value: expect.objectContaining({ ...fields, id: event['id'] }) }]);
    const bytes = Buffer.from(JSON.stringify(fields)).toString('base64');
    expect(structured({ ...context, data_base64: bytes })).toEqual(value);
  });

  it.each(casesOf<Batch>('valid-batches'))('$id is read event by event', ({ batch }) => {
    if (batch.length === 0) {
      expect(() => batched(batch)).toThrow(expect.objectContaining({ code: 'empty_batch' }));
    } else {
      expect(batched(batch)).toEqual(batch.map((event) => structured(event)[0]));
    }
  });
});

describe('invalid events', () => {
  const cases = casesOf<Case>('invalid-events');
  /** Headers are texts: a number is written as one, and an object says nothing. */
  const OF_JSON_ALONE = new Set([
    'invalidNumericId',
    'invalidObjectId',
    'invalidEmptyDataContentType',
    'invalidBothDataAndDataBase64',
  ]);
  /** `id` and `time` are fields of the event: they are judged with the others. */
  const ofFields = cases.filter((c) => /^invalid(Time.*|.*Id)$/.test(c.id));
  const ofContext = cases.filter((c) => !ofFields.includes(c));

  it('are there', () => {
    expect(cases).toHaveLength(25);
    expect(ofFields).toHaveLength(10);
  });

  it.each(ofFields)('$id is refused for the field that it stands for', ({ id, event }) => {
    const code = id === 'invalidNoId' ? 'missing_field' : 'invalid_field';
    const whole = { time: '2023-04-15T09:30:00+08:00', ...event, data: USAGE };
    const codesOf = (items: ParsedItem[]) =>
      items.map((item) => ('fault' in item ? item.fault.code : readEvent(item.value).fault?.code));
    expect(codesOf(structured(whole))).toEqual([code]);
    const neighbour = { ...whole, id: 'n', time: '2023-04-15T09:30:00+08:00' };
    expect(codesOf(batched([neighbour, whole, neighbour]))).toEqual([undefined, code, undefined]);
    const asHeaders = { ...whole, data: JSON.stringify(USAGE) };
    if (!OF_JSON_ALONE.has(id)) expect(codesOf(binary(asHeaders))).toEqual([code]);
  });

  it.each(ofContext)('$id is malformed, and its neighbours are read', ({ event }) => {
    const neighbour = { specversion: '1.0', id: 'n', source: '/', type: 't' };
    const refused = malformed(validIdOf(event));
    expect(structured(event)).toEqual([refused]);
    expect(batched([neighbour, event, neighbour])).toEqual([
      { value: { id: 'n' } },
      refused,
      { value: { id: 'n' } },
    ]);
  });

  it.each(ofContext.filter((c) => !OF_JSON_ALONE.has(c.id)))('$id is malformed as headers', (c) => {
    if (c.id === 'invalidNoSpecVersion') {
      expect(binary({ ...c.event, specversion: '' })).toEqual([malformed('invalid')]);
    } else expect(binary(c.event)).toEqual([malformed(validIdOf(c.event))]);
  });

  it.each(casesOf<Batch>('invalid-batches'))('$id fails by its bad events alone', ({ batch }) => {
    const items = batched(batch);
    expect(items).toHaveLength(batch.length);
    const refused = items.filter((item) => 'fault' in item || idOf(item.value) === null);
    expect(refused).toHaveLength(1);
  });

  it('of a batch that is no array make the body unreadable', () => {
    const unreadable = expect.objectContaining({ code: 'unreadable_body' });
    expect(() => batched({ specversion: '1.0' })).toThrow(unreadable);
    expect(() => batched(null)).toThrow(unreadable);
  });
});
