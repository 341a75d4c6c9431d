import protobuf from 'protobufjs/light.js';

/**
 * OTLP requests for tests. The messages are declared here in full, apart from the reader under
 * test, so that what it skips is really there.
 */

const list = (type: string, id: number) => ({ rule: 'repeated', type, id }) as const;

const ROOT = protobuf.Root.fromJSON({
  nested: {
    ExportLogsServiceRequest: { fields: { resourceLogs: list('ResourceLogs', 1) } },
    ResourceLogs: {
      fields: {
        resource: { type: 'Resource', id: 1 },
        scopeLogs: list('ScopeLogs', 2),
        schemaUrl: { type: 'string', id: 3 },
      },
    },
    Resource: {
      fields: {
        attributes: list('KeyValue', 1),
        droppedAttributesCount: { type: 'uint32', id: 2 },
      },
    },
    ScopeLogs: {
      fields: {
        scope: { type: 'InstrumentationScope', id: 1 },
        logRecords: list('LogRecord', 2),
        schemaUrl: { type: 'string', id: 3 },
      },
    },
    InstrumentationScope: {
      fields: { name: { type: 'string', id: 1 }, version: { type: 'string', id: 2 } },
    },
    LogRecord: {
      fields: {
        timeUnixNano: { type: 'fixed64', id: 1 },
        observedTimeUnixNano: { type: 'fixed64', id: 11 },
        severityNumber: { type: 'int32', id: 2 },
        severityText: { type: 'string', id: 3 },
        body: { type: 'AnyValue', id: 5 },
        attributes: list('KeyValue', 6),
        droppedAttributesCount: { type: 'uint32', id: 7 },
        flags: { type: 'fixed32', id: 8 },
        traceId: { type: 'bytes', id: 9 },
        spanId: { type: 'bytes', id: 10 },
      },
    },
    KeyValue: { fields: { key: { type: 'string', id: 1 }, value: { type: 'AnyValue', id: 2 } } },
    AnyValue: {
      oneofs: {
        value: {
          oneof: [
            'stringValue',
            'boolValue',
            'intValue',
            'doubleValue',
            'arrayValue',
            'kvlistValue',
            'bytesValue',
          ],
        },
      },
      fields: {
        stringValue: { type: 'string', id: 1 },
        boolValue: { type: 'bool', id: 2 },
        intValue: { type: 'int64', id: 3 },
        doubleValue: { type: 'double', id: 4 },
        arrayValue: { type: 'ArrayValue', id: 5 },
        kvlistValue: { type: 'KeyValueList', id: 6 },
        bytesValue: { type: 'bytes', id: 7 },
      },
    },
    ArrayValue: { fields: { values: list('AnyValue', 1) } },
    KeyValueList: { fields: { values: list('KeyValue', 1) } },
    ExportLogsServiceResponse: { fields: { partialSuccess: { type: 'PartialSuccess', id: 1 } } },
    PartialSuccess: {
      fields: {
        rejectedLogRecords: { type: 'int64', id: 1 },
        errorMessage: { type: 'string', id: 2 },
      },
    },
  },
});

const REQUEST = ROOT.lookupType('ExportLogsServiceRequest');
const RESPONSE = ROOT.lookupType('ExportLogsServiceResponse');

export const JSON_TYPE = 'application/json';
export const PROTOBUF_TYPE = 'application/x-protobuf';

export type AnyValue = Readonly<Record<string, unknown>>;
export interface KeyValue {
  readonly key: string;
  readonly value?: AnyValue;
}

export function toProtobuf(request: object): Buffer {
  return Buffer.from(REQUEST.encode(REQUEST.fromObject(request)).finish());
}

export function responseOf(bytes: Buffer): object {
  return RESPONSE.toObject(RESPONSE.decode(bytes), { longs: String });
}

/** One resource with one scope. */
export function requestOf(logRecords: readonly unknown[]) {
  return { resourceLogs: [{ scopeLogs: [{ logRecords }] }] };
}

/** A value as the SDKs of OpenTelemetry write it. */
export function anyValue(value: unknown): AnyValue {
  if (value === null || value === undefined) return {};
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') {
    return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  }
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  return { kvlistValue: { values: keyValues(value) } };
}

export function keyValues(fields: object, prefix = ''): KeyValue[] {
  return Object.entries(fields).map(([key, value]) => ({
    key: `${prefix}${key}`,
    value: anyValue(value),
  }));
}

/** The log record of an event: its time as nanoseconds, its other fields as attributes. */
export function recordOf(event: Readonly<Record<string, unknown>>) {
  const { occurredAt, ...fields } = event;
  const nanos = BigInt(Date.parse(String(occurredAt))) * 1_000_000n;
  return { timeUnixNano: String(nanos), attributes: keyValues(fields, 'flowproof.') };
}
