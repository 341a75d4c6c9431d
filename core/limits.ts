/** Every limit of the system, with its reason. Sizes in bytes, times in milliseconds. */

/** A request holds at most so many events: one answer stays readable and one group commit bounded. */
export const BATCH_EVENTS_MAX = 5_000;
/** As sent, before inflation. */
export const BODY_BYTES_MAX = 4 * 1024 * 1024;
/** After inflation: bounds what a compression bomb may cost. */
export const INFLATED_BYTES_MAX = 16 * 1024 * 1024;
/** One event as sent; a larger one is refused by itself. */
export const EVENT_BYTES_MAX = 16 * 1024;
/** Ids of events and actors, in Unicode characters. */
export const ID_CHARS_MAX = 128;
/** Names of actions. */
export const ACTION_CHARS_MAX = 64;
/** Free texts of an event: source, session, resource. */
export const TEXT_CHARS_MAX = 256;
export const ATTRIBUTES_MAX = 16;
export const ATTRIBUTE_KEY_CHARS_MAX = 64;
export const ATTRIBUTE_VALUE_CHARS_MAX = 256;
/** Clocks of vendors may run ahead so far before an event is refused as from the future. */
export const CLOCK_AHEAD_MAX_MS = 5 * 60_000;
/** Events before this day (Taipei) are refused: no programme is older. */
export const OLDEST_EVENT_DATE = '2020-01-01';
/** A registry file of one request; a national registry of 200,000 orders is sent in pieces. */
export const REGISTRY_BYTES_MAX = 64 * 1024 * 1024;
/** Every other request body. */
export const SMALL_BODY_BYTES_MAX = 256 * 1024;
export const PAGE_DEFAULT = 100;
export const PAGE_MAX = 1_000;
/** Events joined into one insert: bounds memory and the time until the first of them is answered. */
export const GROUP_EVENTS_MAX = 50_000;
/** Events waiting for the store's single writer before further ones are refused. */
export const WAITING_EVENTS_MAX = 400_000;
/** A body must arrive within this time, or the connection is closed. */
export const REQUEST_TIMEOUT_MS = 60_000;
/** A shutdown finishes what it acknowledged within this time. */
export const SHUTDOWN_MS = 15_000;
/** How soon a revoked key is refused in every process. */
export const REGISTRY_POLL_MS = 1_000;
/** Contract months counted in one query: bounds the query's text and memory. */
export const MONTHS_PER_QUERY_MAX = 4_000;
/** Days of a civil week that make it belong to a contract month. */
export const WEEK_DAYS_MIN = 4;
/**
 * A month is sealed so long after its grace ended: what was received in the last moment of it has
 * been stored by then. Not with a simulated clock, where only requests close months.
 */
export const SEAL_DELAY_MS = 60_000;
/** Orders of a solution sealed in one step: a kill loses at most one step's work. */
export const ORDERS_PER_SEAL_MAX = 500;
/** A worker that ended no job for so long while one waited that long is taken for wedged. */
export const WORKER_STALLED_MS = 10 * 60_000;
/** Records of the spool made durable by one write and one sync; a larger one goes alone. */
export const SPOOL_GROUP_BYTES_MAX = 1024 * 1024;
/** Payloads waiting in memory for the spool's disk before new ones are told to come back. */
export const SPOOL_WAITING_BYTES_MAX = 64 * 1024 * 1024;
/** One payload of the spool: bounds the memory that reading one back may cost. */
export const SPOOL_PAYLOAD_BYTES_MAX = 48 * 1024 * 1024;
/** Spool files are deleted whole: the size of a file is what one slow load keeps on disk. */
export const SPOOL_SEGMENT_BYTES_MAX = 64 * 1024 * 1024;
/** Damaged ranges kept for a person to look at; beyond it they are counted, no longer copied. */
export const SPOOL_QUARANTINE_BYTES_MAX = 256 * 1024 * 1024;
/** Each is synced by itself: bounds how long a badly damaged spool takes to open. */
export const SPOOL_QUARANTINE_FILES_MAX = 1_000;
/** Files of the spool are read in such pieces when it is opened. */
export const SPOOL_WINDOW_BYTES = 4 * 1024 * 1024;
/** Spooled bytes loaded in one range: bounds the loader's memory and the size of its inserts. */
export const LOAD_BYTES_MAX = 8 * 1024 * 1024;
/** A range that the store did not take is tried again after so long, twice as long each time. */
export const LOAD_RETRY_MIN_MS = 100;
export const LOAD_RETRY_MAX_MS = 10_000;
/** How often the loader says until when everything is stored, for the workers. */
export const LOAD_MARK_MS = 1_000;
/** The spool holds at most so much; beyond it new events are told to come back. */
export const SPOOL_BYTES_MAX = 16 * 1024 * 1024 * 1024;
/** Free space kept on the disk, so that the loader can write when the spool may not. */
export const SPOOL_RESERVE_BYTES = 512 * 1024 * 1024;
/** A loader that took nothing into the store for so long is taken for stuck. */
export const LOADER_STALLED_MS = 60_000;
