/** Every limit of the system, with its reason. Sizes in bytes, times in milliseconds. */

/** A request holds at most so many events: one answer stays readable and one group commit bounded. */
export const BATCH_EVENTS_MAX = 5_000;
/** As sent, before inflation. */
export const BODY_BYTES_MAX = 4 * 1024 * 1024;
/** After inflation: bounds what a compression bomb may cost. */
export const INFLATED_BYTES_MAX = 16 * 1024 * 1024;
/** One event as sent; a larger one is refused by itself. */
export const EVENT_BYTES_MAX = 16 * 1024;
/** A log record with all that is ignored of it, such as its body: bounds what reading one costs. */
export const OTLP_RECORD_BYTES_MAX = 256 * 1024;
/** Resources, scopes and what is ignored of them: five times what 5,000 lone records need. */
export const OTLP_FIELDS_MAX = 50_000;
/** Ids of events and actors, in Unicode characters. */
export const ID_CHARS_MAX = 128;
/** Names of actions. */
export const ACTION_CHARS_MAX = 64;
/** Free texts of an event: source, session, resource. */
export const TEXT_CHARS_MAX = 256;
export const ATTRIBUTES_MAX = 16;
export const ATTRIBUTE_KEY_CHARS_MAX = 64;
export const ATTRIBUTE_VALUE_CHARS_MAX = 256;
/**
 * Refused events of a request that are kept whole: some thousands of ordinary ones. Of further ones
 * only short values are, or a small body could fill memory and disk with what counts nowhere.
 */
export const REFUSED_WHOLE_BYTES_MAX = 1024 * 1024;
/** Lines of refused events of one insert, but for those of one request: bounds the engine's memory. */
export const REJECTS_BYTES_MAX = 4 * 1024 * 1024;
/** Of such a value, written as JSON: sources and ids as vendors have them are shorter. */
export const REFUSED_SHORT_CHARS_MAX = 64;
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
/** Bytes, or events, of a body that are read at a stretch before other requests are served. */
export const SLICE_BYTES = 128 * 1024;
export const SLICE_EVENTS = 1_000;
/** Inflated bodies being read and written at once: the largest one, and room for others beside it. */
export const TURN_WEIGHT_MAX = 20 * 1024 * 1024;
/** Of one vendor: about four batches of 1,000 events, so that another waits for four at most. */
export const TURN_VENDOR_WEIGHT_MAX = 1024 * 1024;
/** What a small request counts beside its bytes. */
export const TURN_WEIGHT_MIN = 1024;
/** Requests of one vendor that may wait for their turn; their bodies are bounded by themselves. */
export const TURN_VENDOR_WAITING_MAX = 1_000;
/** Bodies of events held at once, over all requests as they were sent; a lone vendor has half. */
export const BODIES_BYTES_MAX = 24 * 1024 * 1024;
/** What a request holds beside its body: bounds the slow and the empty ones too. */
export const REQUEST_BYTES_MIN = 4 * 1024;
/** A body must arrive within this time, or the connection is closed. */
export const REQUEST_TIMEOUT_MS = 60_000;
/** A shutdown finishes what it acknowledged within this time. */
export const SHUTDOWN_MS = 15_000;
/** How soon a revoked key is refused in every process. */
export const REGISTRY_POLL_MS = 1_000;
/** Orders of a case counted in one query; each brings up to a dozen spans of days. */
export const ROSTER_ORDERS_PER_QUERY_MAX = 300;
/** Firms with orders whose contracts stand in one question for use outside of them: bounds its text. */
export const ORDERED_FIRMS_PER_READ = 5_000;
/** Days of a civil week that make it belong to a contract month. */
export const WEEK_DAYS_MIN = 4;
/**
 * A month is sealed so long after its grace ended: what was received in the last moment of it has
 * been stored by then. Not with a simulated clock, where only requests close months.
 */
export const SEAL_DELAY_MS = 60_000;
/** Orders sealed in one step: a kill loses at most the work of the two steps that run at once. */
export const ORDERS_PER_SEAL_MAX = 2_000;
/** Orders of one closing job: a verification says how far it is whenever one has ended. */
export const ORDERS_PER_JOB_MAX = 8_000;
/** Orders whose seals are broken that one error names; it counts the others. */
export const BROKEN_ORDERS_NAMED_MAX = 20;
/** Orders looked at together for firms going silent: bounds one query's text. */
export const WARNING_ORDERS_PER_READ = 2_000;
/** Silence is looked for in a store that is at most so far behind what was received. */
export const WARNING_LOAD_LAG_MAX_MS = 60_000;
/** A receiver of warnings that has not answered by then is tried again later. */
export const WEBHOOK_TIMEOUT_MS = 10_000;
/**
 * Rows of the log read in one piece, about 20 MB: what a query costs by itself is little beside it.
 * Counting reads a firm with more one request after the other; what the firms of a vendor share
 * still reads such a firm whole.
 */
export const PAGE_ROWS_MAX = 500_000;
/** Firms of several solutions asked together; beyond it their names cost more than a query. */
export const FIRMS_BY_NAME_MAX = 500;
/** What the engine may hold for a question about sources, rejects or use without an order, whatever history they have. */
export const HISTORY_HELD_BYTES_MAX = 1_000_000_000;
/** What a sort or a grouping of it holds before it goes on on disk. */
export const HISTORY_SPILL_BYTES = 100_000_000;
/** Changed months that a what-if names; the counts beside them are of all. */
export const WHAT_IF_FLIPS_MAX = 1_000;
/** A worker that ended no job for so long while one waited that long is taken for wedged. */
export const WORKER_STALLED_MS = 10 * 60_000;
/** How often a worker looks whether Redis still has what runs daily. */
export const SCHEDULE_LOOK_MS = 60_000;
/** ClickHouse answers a statement within this time, or it is given up; it may go on there. */
export const STATEMENT_ANSWER_MS = 120_000;
/** A page of refused events that is picked by what they say: looking through many takes long. */
export const REJECTS_SEARCH_S = 20;
/** Longer than a statement of ours may run: one that was sent has ended before another may seal. */
export const STATEMENT_MS = STATEMENT_ANSWER_MS + 30_000;
/** A process that was killed before it sealed holds up the others so long: it has counted before. */
export const LOCK_HELD_MS = 30_000;
/** A reopening waits so long for what was received before it: the load mark is said every second. */
export const STORED_WAIT_MS = 5_000;
/** A closing waits longer than one that was killed while it sealed holds the others up. */
export const LOCK_WAIT_JOB_MS = STATEMENT_MS + LOCK_HELD_MS;
/** A reopening is a request, with others behind it: it is told to come back. */
export const LOCK_WAIT_REQUEST_MS = 10_000;
/** Where others seal the same month again and again, a reopening is told to come back. */
export const REOPENING_ROUNDS_MAX = 3;
/** By then the one that seals has written its few thousand months. */
export const LOCK_RETRY_S = 5;
/**
 * A command that Redis has not answered by then is given up: a request waits for it. Workers alone
 * wait for jobs without end.
 */
export const REDIS_ANSWER_MS = 10_000;
/** Records of the spool made durable by one write and one sync; a larger one goes alone. */
export const SPOOL_GROUP_BYTES_MAX = 1024 * 1024;
/**
 * Behind a group of so many records a write waits so long for as many: a sync costs the same for one
 * as for many, and much of what a small request costs. With few senders it would only be waiting.
 */
export const SPOOL_GATHER = { fromRecords: 8, ms: 4 } as const;
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
/** Identities kept in memory at two bytes each, so that few are looked up; with more, each is. */
export const SEEN_IDS_MAX = 150_000_000;
/** Spooled bytes loaded in one range: bounds the loader's memory and the size of its inserts. */
export const LOAD_BYTES_MAX = 32 * 1024 * 1024;
/** Of a range whose events are looked at one by one so much at once. */
export const LOAD_ROWS_BYTES_MAX = 8 * 1024 * 1024;
/** What is tried after a failure: few requests wait while a range is made ready for nothing. */
export const LOAD_RETRY_BYTES_MAX = 64 * 1024;
/** After all was loaded, so long is gathered for the next range: few inserts, and seen within 2 s. */
export const LOAD_PAUSE_MS = 500;
/** A range that the store did not take is tried again after so long, twice as long each time. */
export const LOAD_RETRY_MIN_MS = 100;
export const LOAD_RETRY_MAX_MS = 10_000;
/** How often the loader says until when everything is stored, for the workers. */
export const LOAD_MARK_MS = 1_000;
/** The spool holds at most so much; beyond it new events are told to come back. */
export const SPOOL_BYTES_MAX = 16 * 1024 * 1024 * 1024;
/** Pseudonyms of each kind remembered a vendor: a miss costs a hash. */
export const PSEUDONYMS_KEPT_MAX = 50_000;
/** Names of solutions, firms, actions and roles remembered a vendor. */
export const NAMES_KEPT_MAX = 5_000;
/** Both over all vendors: twenty large ones; then those of the vendor used longest ago are dropped. */
export const VENDOR_TEXTS_BYTES_MAX = 256 * 1024 * 1024;
/** Longer texts are not remembered: an id of an accepted event is shorter in any script. */
export const KEPT_TEXT_BYTES_MAX = 4 * ID_CHARS_MAX;
/** Free space kept on the disk, so that the loader can write when the spool may not. */
export const SPOOL_RESERVE_BYTES = 512 * 1024 * 1024;
/** Free space of the spool's disk is asked for again after so much: what others took is seen then. */
export const SPOOL_SPACE_ASKED_BYTES = 4 * 1024 * 1024;
/** A loader that took nothing into the store for so long is taken for stuck. */
export const LOADER_STALLED_MS = 60_000;
/** Stretches of sequence numbers judged for one answer: bounds its memory and time. */
export const STRETCHES_MAX = 50_000;
/** Refused numbers looked at for one source. */
export const REFUSED_NUMBERS_MAX = 10_000;
/** Gaps, and resets, of one source that an answer lists; it counts all of them. */
export const GAPS_LISTED_MAX = 100;
