import { FlowproofError } from '../core/errors.ts';

/** More records are asked for than may wait: ask again later. Nothing was drawn. */
export class RenderBusyError extends FlowproofError {
  readonly waitingMax: number;

  constructor(waitingMax: number) {
    super('render_busy', 'Too many records are waiting to be drawn; ask again.', {
      internal: `${waitingMax} records are waiting to be drawn`,
      retryAfterS: RETRY_AFTER_S,
    });
    this.name = 'RenderBusyError';
    this.waitingMax = waitingMax;
  }
}

/** About half of a full queue is drawn in this time. */
const RETRY_AFTER_S = 5;
