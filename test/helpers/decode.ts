import type { CloudEventHeaders, IngestFormat } from '../../core/ports.ts';
import {
  type AcceptContext,
  type AcceptedEvent,
  judgeOf,
  type RefusedEvent,
} from '../../ingest/accept.ts';
import { decodeBody as decode } from '../../ingest/decode/decodeBody.ts';
import type { DecodedItem } from '../../ingest/decode/item.ts';

export type { DecodedItem } from '../../ingest/decode/item.ts';

/** All events of a body at once. */
export function decodeBody(
  contentType: string,
  body: Buffer,
  framing: { format: IngestFormat; cloudEvent: CloudEventHeaders | null } = {
    format: 'events',
    cloudEvent: null,
  },
): DecodedItem[] {
  return [...decode(body, { contentType, ...framing }, { bytes: 0 })];
}

/** Every event of a batch, judged. */
export function acceptEvents(items: readonly DecodedItem[], context: AcceptContext) {
  const judge = judgeOf(context);
  const accepted: AcceptedEvent[] = [];
  const rejected: RefusedEvent[] = [];
  for (const [index, item] of items.entries()) {
    const judged = judge(index, item);
    if ('event' in judged) accepted.push(judged);
    else rejected.push(judged);
  }
  return { accepted, rejected };
}
