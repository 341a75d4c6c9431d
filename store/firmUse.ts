import type { FirmUse } from '../core/firmUse.ts';
import { FIRMS_BY_NAME_MAX, PAGE_ROWS_MAX } from '../core/limits.ts';
import type { FirmOfSolution } from '../core/orderedFirms.ts';
import type { Database } from './clickhouse.ts';
import type { Names } from './columnReaders.ts';
import { type Columns, defineColumns } from './columns.ts';
import { counted, instant, literals, READ_BESIDE } from './counted.ts';
import { firmKey, firmPages, smeAt } from './firmPages.ts';
import { literal } from './text.ts';

/** The counted use of firms, firm by firm, as columns: what counts and what shapes are made of. */
export interface FirmUseQuestion {
  /** No pair twice. */
  readonly firms: readonly FirmOfSolution[];
  readonly startMs: number;
  readonly endExclusiveMs: number;
  /** Names whose places, from 1 on, are known before: they are the first of `names` of each use. */
  readonly actions: readonly string[];
  /** Rows of one query, where another number than the usual is wanted. */
  readonly pageRowsMax?: number;
  /** Hears of a firm that is more than a page: it is not read then. Absent: each is read whole. */
  readonly onLarge?: (firm: number) => void;
}

/** The use of one of the firms asked, whole. */
export interface ReadFirm {
  /** Its place among the firms asked. */
  readonly firm: number;
  readonly use: FirmUse;
}

/**
 * Some firms at a time, so that few are in memory at once; one without use is not among them. A
 * failed read throws and is never a firm without use.
 */
export async function* readFirmUse(
  db: Database,
  question: FirmUseQuestion,
): AsyncGenerator<ReadFirm[]> {
  for (const piece of piecesOf(question.firms)) yield* readPiece(db, question, piece);
}

interface AskedFirm extends FirmOfSolution {
  readonly firm: number;
}

async function* readPiece(
  db: Database,
  question: FirmUseQuestion,
  piece: readonly AskedFirm[],
): AsyncGenerator<ReadFirm[]> {
  const solutions = [...new Set(piece.map((f) => f.solutionId))];
  const places = new Map(
    piece.map((f, at) => [firmKey(solutions.indexOf(f.solutionId), Number(f.smeId)), at]),
  );
  const pages = firmPages(
    { from: 0, rowsMax: question.pageRowsMax ?? PAGE_ROWS_MAX },
    ({ from, rowsMax }) =>
      useColumns(db, { ...question, solutions, left: piece.slice(from), rowsMax }),
    {
      following: (page, start, from) => {
        const reached = firmAt(solutions, page, start);
        const at = piece.findIndex((f, i) => i >= from && order(f, reached) >= 0);
        return at === -1 ? null : at;
      },
      beyond: (_page, _start, from) => {
        const { onLarge } = question;
        const found = piece[from];
        if (onLarge === undefined || found === undefined) return undefined;
        onLarge(found.firm);
        return from + 1 < piece.length ? from + 1 : null;
      },
    },
  );
  for await (const { page, edges } of pages) {
    const read: ReadFirm[] = [];
    const named = { ...page, ...namedBy(question.actions, page.action) };
    for (let e = 0; e + 1 < edges.length; e += 1) {
      const [start, end] = [edges[e] ?? 0, edges[e + 1] ?? 0];
      const at = places.get(firmKey(page.solution[start] ?? 0, page.sme[start] ?? 0)) ?? -1;
      const found = piece[at];
      // Of a name that is asked in another solution the rows come too.
      if (found === undefined) continue;
      read.push({ firm: found.firm, use: useOf(named, found.smeId, start, end) });
    }
    if (read.length > 0) yield read;
  }
}

function firmAt(solutions: readonly string[], page: UseColumns, row: number): FirmOfSolution {
  return { solutionId: solutions[page.solution[row] ?? 0] ?? '', smeId: smeAt(page, row) };
}

/** So few are sorted in less time than it takes to read them in order. */
const FIRMS_SORTED_MAX = 20;

/** Large solutions each by itself, firms of small ones together; each piece in the log's order. */
function piecesOf(firms: readonly FirmOfSolution[]): AskedFirm[][] {
  const bySolution = new Map<string, AskedFirm[]>();
  firms.forEach(({ solutionId, smeId }, firm) => {
    const of = bySolution.get(solutionId);
    if (of === undefined) bySolution.set(solutionId, [{ solutionId, smeId, firm }]);
    else of.push({ solutionId, smeId, firm });
  });
  const pieces: AskedFirm[][] = [];
  let room = 0;
  for (const of of bySolution.values()) {
    if (of.length > room) {
      pieces.push([]);
      room = FIRMS_BY_NAME_MAX;
    }
    pieces.at(-1)?.push(...of);
    room -= of.length;
  }
  return pieces.map((piece) => piece.sort(order));
}

/** As the log lies: by the bytes of the names. */
function order(a: FirmOfSolution, b: FirmOfSolution): number {
  if (a.solutionId !== b.solutionId) {
    return Buffer.compare(Buffer.from(a.solutionId), Buffer.from(b.solutionId));
  }
  if (a.smeId === b.smeId) return 0;
  return a.smeId < b.smeId ? -1 : 1;
}

const COLUMNS = {
  solution: 'UInt32',
  sme: 'UInt32',
  at: 'Float64',
  received: 'Float64',
  actor: 'UInt64',
  address: 'UInt64',
  action: 'LowCardinality(String)',
} as const;
type UseColumns = Columns<typeof COLUMNS>;

const useColumns = defineColumns({
  name: 'use.firms',
  columns: COLUMNS,
  sql: (
    p: FirmUseQuestion & {
      readonly solutions: readonly string[];
      readonly left: readonly AskedFirm[];
      readonly rowsMax: number;
    },
  ) => {
    const solutions = [...new Set(p.left.map((f) => f.solutionId))];
    const fromFirst = solutions.length > 1 ? fromOn(p.left) : '';
    const place = p.solutions.map((_, i) => i).join();
    return `SELECT
      CAST(${p.solutions.length === 1 ? '0' : `transform(solution_id, [${literals(p.solutions)}], [${place}], 0)`} AS UInt32) AS solution,
      toUInt32(sme_id) AS sme,
      toFloat64(toUnixTimestamp64Milli(occurred_at)) AS at,
      toFloat64(toUnixTimestamp64Milli(received_at)) AS received,
      actor, address, action
    FROM events_v1
    WHERE solution_id IN (${literals(solutions)}) AND ${firmsOf(p.left)} ${fromFirst}
      AND occurred_at >= ${instant(p.startMs)} AND occurred_at < ${instant(p.endExclusiveMs)}
      AND ${counted()}
    ORDER BY solution_id, sme_id, occurred_at, seq
    LIMIT ${p.rowsMax}
    SETTINGS ${READ_BESIDE}, optimize_read_in_order = ${p.left.length > FIRMS_SORTED_MAX ? 1 : 0}`;
  },
});

/** The firms by name where they are few, else from and to. */
function firmsOf(left: readonly AskedFirm[]): string {
  const smes = [...new Set(left.map((f) => f.smeId))];
  if (smes.length <= FIRMS_BY_NAME_MAX) return `sme_id IN (${literals(smes)})`;
  const [first = '', last = ''] = [smes[0], smes.at(-1)];
  return `sme_id >= ${literal(first)} AND sme_id <= ${literal(last)}`;
}

/**
 * A page begins with a firm that is asked: by their names, others of another solution would come
 * before it, which nobody asked for or which were too large, and might fill it.
 */
function fromOn([first]: readonly AskedFirm[]): string {
  if (first === undefined) return '';
  const solution = literal(first.solutionId);
  return `AND (solution_id > ${solution}
      OR (solution_id = ${solution} AND sme_id >= ${literal(first.smeId)}))`;
}

type Named = Pick<FirmUse, 'names' | 'actions'>;

/**
 * The names asked, and behind them the others of the page. Whatever a page holds is forgotten with
 * it: a vendor may send a new name with every event.
 */
function namedBy(asked: readonly string[], { names: found, places }: Names): Named {
  const names = [...asked];
  const known = new Map(asked.map((name, i) => [name, i + 1]));
  const placeOf = Uint32Array.from(found, (name) => known.get(name) ?? names.push(name));
  return { names, actions: places.map((place) => placeOf[place] ?? 0) };
}

type NamedColumns = UseColumns & Named;

function useOf(page: NamedColumns, smeId: string, start: number, end: number): FirmUse {
  return {
    smeId,
    atMs: page.at.subarray(start, end),
    receivedAtMs: page.received.subarray(start, end),
    actors: page.actor.subarray(2 * start, 2 * end),
    addresses: page.address.subarray(2 * start, 2 * end),
    actions: page.actions.subarray(start, end),
    names: page.names,
  };
}
