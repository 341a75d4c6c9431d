import { z } from 'zod';
import { normalFlowSchema } from './normalFlow.ts';
import { PROGRAMME_IDS, type ProgrammeId } from './programmes/index.ts';
import { type CivilDate, parseCivilDate } from './time.ts';

/** The registry: vendors, solutions, firms, orders and cases, as the administrator enters them. */

/** Days that any entry may name: far enough, and every time computed from one can be written. */
const FIRST_DATE = '2000-01-01';
const LAST_DATE = '2199-12-31';

export const civilDateSchema = z
  .string()
  .refine((s) => parseCivilDate(s) !== undefined, { message: 'not a calendar day YYYY-MM-DD' })
  .refine((s) => s >= FIRST_DATE && s <= LAST_DATE, {
    message: `not between ${FIRST_DATE} and ${LAST_DATE}`,
  })
  .transform((s) => s as CivilDate)
  .meta({ format: 'date' });

const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
export const registryIdSchema = z
  .string()
  .regex(ID, '1 to 64 letters, digits, dots, dashes or underscores');
/** Unified business number (統一編號): shape only; the checksum is a refusal of its own. */
const taxIdSchema = z.string().regex(/^\d{8}$/, '8 digits');
const nameSchema = z.string().trim().min(1).max(200);
const moneySchema = z.int().min(0).max(1_000_000_000);

export const programmeIdSchema = z.enum(PROGRAMME_IDS);
export type { ProgrammeId };

export const vendorBodySchema = z.strictObject({ name: nameSchema, taxId: taxIdSchema });

export const solutionBodySchema = z.strictObject({
  vendorId: registryIdSchema,
  name: nameSchema,
  usagePlan: z.string().trim().max(2_000),
  interactions: z.array(z.string().min(1).max(64)).max(64),
  normalFlow: normalFlowSchema,
  effectiveFrom: civilDateSchema,
  listedFrom: civilDateSchema.nullish(),
});

export const smeBodySchema = z.strictObject({
  name: nameSchema,
  pointsIssuedOn: civilDateSchema.nullish(),
});

export const orderBodySchema = z.strictObject({
  programme: programmeIdSchema,
  vendorId: registryIdSchema,
  solutionId: registryIdSchema,
  smeId: taxIdSchema,
  contractStart: civilDateSchema,
  contractMonths: z.int().min(1).max(60),
  priceTwd: moneySchema,
  pointsTwd: moneySchema,
  closure: z.strictObject({ date: civilDateSchema, proof: z.string().min(1).max(500) }).nullish(),
  termination: z
    .strictObject({ date: civilDateSchema, reason: z.string().min(1).max(500) })
    .nullish(),
  caseId: registryIdSchema.nullish(),
  attachments: z.array(z.string().min(1).max(64)).max(32).optional(),
});

export const caseBodySchema = z.strictObject({
  name: nameSchema,
  kind: z.enum(['popular', 'inclusive']),
  periodStart: civilDateSchema,
  periodEnd: civilDateSchema,
  totalFlowTarget: z.strictObject({
    metric: z.enum(['logins', 'interactions', 'activeUsers']),
    count: z.int().min(1),
  }),
});

export type VendorBody = z.infer<typeof vendorBodySchema>;
export type SolutionBody = z.infer<typeof solutionBodySchema>;
export type OrderBody = z.infer<typeof orderBodySchema>;
export type CaseBody = z.infer<typeof caseBodySchema>;

export interface Vendor extends VendorBody {
  readonly vendorId: string;
}

/** What a solution declared from one day on; the latest not after a month's start judges it. */
export interface SolutionVersion extends SolutionBody {
  readonly solutionId: string;
}

export interface Solution {
  readonly solutionId: string;
  readonly vendorId: string;
  readonly name: string;
  readonly listedFrom: CivilDate | null;
  /** Ascending by effectiveFrom, never empty. */
  readonly versions: readonly SolutionVersion[];
}

export interface Sme {
  readonly smeId: string;
  readonly name: string;
  readonly pointsIssuedOn: CivilDate | null;
}

export interface Order {
  readonly orderId: string;
  readonly programme: ProgrammeId;
  readonly vendorId: string;
  readonly solutionId: string;
  readonly smeId: string;
  readonly contractStart: CivilDate;
  readonly contractMonths: number;
  readonly priceTwd: number;
  readonly pointsTwd: number;
  readonly closure: { readonly date: CivilDate; readonly proof: string } | null;
  readonly termination: { readonly date: CivilDate; readonly reason: string } | null;
  readonly caseId: string | null;
  readonly attachments: readonly string[];
}

export interface Case extends CaseBody {
  readonly caseId: string;
}

export function orderOf(orderId: string, body: OrderBody): Order {
  return {
    orderId,
    programme: body.programme,
    vendorId: body.vendorId,
    solutionId: body.solutionId,
    smeId: body.smeId,
    contractStart: body.contractStart,
    contractMonths: body.contractMonths,
    priceTwd: body.priceTwd,
    pointsTwd: body.pointsTwd,
    closure: body.closure ?? null,
    termination: body.termination ?? null,
    caseId: body.caseId ?? null,
    attachments: body.attachments ?? [],
  };
}

/** Read access to the registry as it stands now; what rules and routes ask of it. */
export interface RegistryView {
  vendor(vendorId: string): Vendor | undefined;
  solution(solutionId: string): Solution | undefined;
  sme(smeId: string): Sme | undefined;
  order(orderId: string): Order | undefined;
  case(caseId: string): Case | undefined;
  orders(): Iterable<Order>;
  ordersOfSme(smeId: string): readonly Order[];
  ordersOfSolution(solutionId: string): readonly Order[];
  solutions(): Iterable<Solution>;
  vendors(): Iterable<Vendor>;
}

/** The version in force on a day: the latest not after it; before the first, the first (decision). */
export function versionInForce(solution: Solution, date: CivilDate): SolutionVersion {
  const [first] = solution.versions;
  if (first === undefined) throw new RangeError(`solution ${solution.solutionId} has no version`);
  return solution.versions.findLast((v) => v.effectiveFrom <= date) ?? first;
}
