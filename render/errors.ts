/** More records are asked for than may wait: ask again later. Nothing was drawn. */
export class RenderBusyError extends Error {
  readonly waitingMax: number;

  constructor(waitingMax: number) {
    super(`${waitingMax} records are waiting to be drawn`);
    this.name = 'RenderBusyError';
    this.waitingMax = waitingMax;
  }
}
