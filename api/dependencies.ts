import type { FastifyBaseLogger } from 'fastify';
import type { ChartRenderer } from '../core/chart.ts';
import type { Ingest, MonthReader, Verifications } from '../core/ports.ts';
import type { Database } from '../store/clickhouse.ts';
import type { LiveKeys } from '../store/liveKeys.ts';
import type { LiveRegistry } from '../store/liveRegistry.ts';

/** Everything the routes need, handed in by the composition root. */
export interface ApiDependencies {
  readonly db: Database;
  readonly registry: LiveRegistry;
  readonly keys: LiveKeys;
  readonly months: MonthReader;
  readonly verifications: Verifications;
  readonly charts: ChartRenderer;
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
