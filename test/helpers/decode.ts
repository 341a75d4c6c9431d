import type { CloudEventHeaders, IngestFormat } from '../../core/ports.ts';
import {
  type AcceptContext,
  type AcceptedEvent,
  Judge,
  type RefusedEvent,
} from '../../ingest/accept.ts';
import { decodeBody as decode } from '../../ingest/decode/decodeBody.ts';
import type { ParsedItem } from '../../ingest/decode/item.ts';

export type { ParsedItem } from '../../ingest/decode/item.ts';

/** All events of a body at once, those that are plain parsed as well. */
export function decodeBody(
  contentType: string,
  body: Buffer,
  framing: { format: IngestFormat; cloudEvent: CloudEventHeaders | null } = {
    format: 'events',
    cloudEvent: null,
  },
): ParsedItem[] {
  const items = decode(body, { contentType, ...framing }, { bytes: 0 });
  return Array.from(items, (item) => ('plain' in item ? { value: item.plain.value() } : item));
}

/** Every event of a batch, judged. */
export function acceptEvents(items: readonly ParsedItem[], context: AcceptContext) {
  const judge = new Judge(context);
  const accepted: AcceptedEvent[] = [];
  const rejected: RefusedEvent[] = [];
  for (const [index, item] of items.entries()) {
    const judged: AcceptedEvent | RefusedEvent =
      'fault' in item ? { index, ...item, value: null } : judge.judge(index, item.value);
    if ('event' in judged) accepted.push(judged);
    else rejected.push(judged);
  }
  return { accepted, rejected };
}
