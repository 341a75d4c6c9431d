import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Registry } from '../../core/entries.ts';
import { FlowproofError } from '../../core/errors.ts';

import { acceptEvents, decodeBody } from '../helpers/decode.ts';

const FOLDER = join(import.meta.dirname, '../fixtures/json-test-suite/test_parsing');
const names = readdirSync(FOLDER).sort();
const named = (prefix: string) => names.filter((name) => name.startsWith(prefix));
const context = { vendorId: 'v', receivedAtMs: Date.UTC(2023, 0, 1), registry: new Registry() };

/** The code that the body is refused with, else those of its events; nothing else may be thrown. */
function answer(type: string, name: string): string {
  const body = readFileSync(join(FOLDER, name));
  try {
    const { accepted, rejected } = acceptEvents(decodeBody(type, body), context);
    expect(accepted).toEqual([]);
    expect(() => JSON.stringify(rejected)).not.toThrow();
    return [...new Set(rejected.map(({ fault }) => fault.code))].join(' ');
  } catch (error) {
    if (error instanceof FlowproofError) return error.code;
    throw error;
  }
}

/**
 * The suite leaves these open; this is what we decided. Numbers and lone surrogates beyond what the
 * language holds are read, and judged as values; bytes that are not UTF-8 are not read at all.
 */
const OPEN: Readonly<Record<string, string>> = {
  'i_number_double_huge_neg_exp.json': 'malformed',
  'i_number_huge_exp.json': 'malformed',
  'i_number_neg_int_huge_exp.json': 'malformed',
  'i_number_pos_double_huge_exp.json': 'malformed',
  'i_number_real_neg_overflow.json': 'malformed',
  'i_number_real_pos_overflow.json': 'malformed',
  'i_number_real_underflow.json': 'malformed',
  'i_number_too_big_neg_int.json': 'malformed',
  'i_number_too_big_pos_int.json': 'malformed',
  'i_number_very_big_negative_int.json': 'malformed',
  'i_object_key_lone_2nd_surrogate.json': 'unknown_field',
  'i_string_1st_surrogate_but_2nd_missing.json': 'malformed',
  'i_string_1st_valid_surrogate_2nd_invalid.json': 'malformed',
  'i_string_UTF-16LE_with_BOM.json': 'unreadable_body',
  'i_string_UTF-8_invalid_sequence.json': 'unreadable_body',
  'i_string_UTF8_surrogate_U+D800.json': 'unreadable_body',
  'i_string_incomplete_surrogate_and_escape_valid.json': 'malformed',
  'i_string_incomplete_surrogate_pair.json': 'malformed',
  'i_string_incomplete_surrogates_escape_valid.json': 'malformed',
  'i_string_invalid_lonely_surrogate.json': 'malformed',
  'i_string_invalid_surrogate.json': 'malformed',
  'i_string_invalid_utf-8.json': 'unreadable_body',
  'i_string_inverted_surrogates_U+1D11E.json': 'malformed',
  'i_string_iso_latin_1.json': 'unreadable_body',
  'i_string_lone_second_surrogate.json': 'malformed',
  'i_string_lone_utf8_continuation_byte.json': 'unreadable_body',
  'i_string_not_in_unicode_range.json': 'unreadable_body',
  'i_string_overlong_sequence_2_bytes.json': 'unreadable_body',
  'i_string_overlong_sequence_6_bytes.json': 'unreadable_body',
  'i_string_overlong_sequence_6_bytes_null.json': 'unreadable_body',
  'i_string_truncated-utf-8.json': 'unreadable_body',
  'i_string_utf16BE_no_BOM.json': 'unreadable_body',
  'i_string_utf16LE_no_BOM.json': 'unreadable_body',
  'i_structure_500_nested_arrays.json': 'malformed',
  'i_structure_UTF-8_BOM_empty_object.json': 'missing_field',
};

describe('JSONTestSuite', () => {
  it('is here in full', () => {
    expect([named('y_').length, named('n_').length, named('i_').length]).toEqual([95, 188, 35]);
  });

  it.each(named('y_'))('%s is readable: its values are judged one by one', (name) => {
    const isEmpty = /^\s*\[\s*\]\s*$/.test(readFileSync(join(FOLDER, name), 'utf8'));
    const expected = isEmpty ? /^empty_batch$/ : /^(malformed|unknown_field|missing_field| )+$/;
    expect(answer('application/json', name)).toMatch(expected);
  });

  it.each(named('n_'))('%s is unreadable', (name) => {
    expect(answer('application/json', name)).toBe('unreadable_body');
  });

  it.each(named('i_'))('%s is answered as decided', (name) => {
    expect(answer('application/json', name)).toBe(OPEN[name]);
  });

  it.each(names)('%s as lines or as a table is refused in a typed way', (name) => {
    for (const type of ['application/x-ndjson', 'text/csv']) {
      expect(answer(type, name)).toMatch(/^[a-z_]+( [a-z_]+)*$/);
    }
  });
});
