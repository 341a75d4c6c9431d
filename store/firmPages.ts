/** Pages of rows that lie firm by firm: only whole firms are handed on. */
export interface FirmRows {
  readonly sme: Uint32Array;
  /** Which solution's; one alone where there is none. */
  readonly solution?: Uint32Array;
}

/** Where to ask from, and for how many rows at most. */
export interface Asking<F> {
  readonly from: F;
  readonly rowsMax: number;
}

export interface FirmPage<P> {
  readonly page: P;
  /** Where each whole firm begins; at the end, where the last of them ends. */
  readonly edges: readonly number[];
}

/** Where to go on; both are told the page, the row that a firm begins at, and from where it was asked. */
export interface Steps<P, F> {
  /** From that firm on; null where none is asked from there on. */
  readonly following: (page: P, start: number, from: F) => F | null;
  /**
   * Behind a firm that is more than a page, which is left out then; null where none is asked behind
   * it. Undefined, or absent: it is read, by a larger page.
   */
  readonly beyond?: (page: P, start: number, from: F) => F | null | undefined;
}

/**
 * Reads page after page, the next while this one is worked on. A firm that a page does not end with
 * is read again with the next; where that is the firm that it began with, the next is larger.
 */
export async function* firmPages<P extends FirmRows, F>(
  first: Asking<F>,
  ask: (asking: Asking<F>) => Promise<P>,
  steps: Steps<P, F>,
): AsyncGenerator<FirmPage<P>> {
  let asking: Asking<F> | null = first;
  let next = ask(first);
  while (asking !== null) {
    const page: P = await next;
    const edges = edgesOf(page);
    asking =
      page.sme.length < asking.rowsMax ? null : nextOf(page, edges, asking, first.rowsMax, steps);
    if (asking !== null) {
      next = ask(asking);
      // It is waited for above; until then a failure of it is nobody's.
      next.catch(() => undefined);
    }
    yield { page, edges };
  }
}

/** Takes the last firm off the page. */
function nextOf<P, F>(
  page: P,
  edges: number[],
  { from, rowsMax }: Asking<F>,
  usualRows: number,
  { following, beyond }: Steps<P, F>,
): Asking<F> | null {
  edges.pop();
  const start = edges.at(-1) ?? 0;
  const again = following(page, start, from);
  if (again === null) return null;
  if (again !== from) return { from: again, rowsMax: usualRows };
  // From there again: the firm alone, and what lies before it, is more than a page.
  const behind = beyond?.(page, start, from);
  if (behind === undefined) return { from, rowsMax: rowsMax * 4 };
  return behind === null ? null : { from: behind, rowsMax: usualRows };
}

/** Where each firm's rows begin, and where the last end. */
function edgesOf({ solution, sme }: FirmRows): number[] {
  const edges: number[] = [];
  for (let i = 0; i < sme.length; i += 1) {
    if (i === 0 || sme[i] !== sme[i - 1] || solution?.[i] !== solution?.[i - 1]) edges.push(i);
  }
  edges.push(sme.length);
  return edges;
}

/** A firm's number is eight digits: what it is as text is not sent. */
export function smeAt({ sme }: Pick<FirmRows, 'sme'>, row: number): string {
  return String(sme[row] ?? 0).padStart(8, '0');
}

/** One number for a firm of a solution, or of a group of them, by its place. */
export function firmKey(place: number, sme: number): number {
  return place * SMES + sme;
}

/** Numbers of firms are below it. */
const SMES = 1e8;
