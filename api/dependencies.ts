import type { FastifyBaseLogger } from 'fastify';
import type { ChartRenderer } from '../core/chart.ts';
import type { Sequence } from '../core/lock.ts';
import type {
  Ingest,
  MonthReader,
  MonthReopener,
  RosterReader,
  RuleTrials,
  Verifications,
  WarningReader,
} from '../core/ports.ts';
import type { Spreadsheets } from '../core/spreadsheet.ts';
import type { Database } from '../store/clickhouse.ts';
import type { LiveKeys } from '../store/liveKeys.ts';
import type { LiveRegistry } from '../store/liveRegistry.ts';

/** Everything the routes need, handed in by the composition root. */
export interface ApiDependencies {
  readonly db: Database;
  readonly registry: LiveRegistry;
  readonly keys: LiveKeys;
  readonly months: MonthReader;
  readonly reopener: MonthReopener;
  /** Draws and reviews, one at a time: none is made on what another is just changing. */
  readonly settling: Sequence;
  readonly trials: RuleTrials;
  readonly warnings: WarningReader;
  readonly verifications: Verifications;
  readonly charts: ChartRenderer;
  readonly rosters: RosterReader;
  readonly spreadsheets: Spreadsheets;
  /** Null in a process without the role `ingest`. */
  readonly ingest: Ingest | null;
  /** The wall clock, ms. */
  readonly clock: () => number;
  /** `SIMULATED_CLOCK`: requests may carry their own time. */
  readonly simulated: boolean;
  /** Random text for ids and keys. */
  readonly random: Random;
  /** The last write and read succeeded; throws where one does not. */
  readonly ready: () => Promise<void>;
  readonly logger: FastifyBaseLogger;
}

export interface Random {
  /** A secret of 192 bits or more, as text. */
  secret(): string;
  /** A unique id. */
  id(): string;
}
