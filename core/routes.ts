/**
 * Every route and who may call it, in one place: a route that is not here cannot be registered, and
 * a row without a handler fails a test. `own` = the key's own vendor or firm alone.
 */
export const KEY_ROLES = ['admin', 'vendor', 'auditor', 'claims', 'sme'] as const;
export type KeyRole = (typeof KEY_ROLES)[number];

export type Access = Partial<Readonly<Record<KeyRole, 'all' | 'own'>>> | 'open';

export interface RouteRow {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly access: Access;
}

const ADMIN: Access = { admin: 'all' };
const READERS: Access = { auditor: 'all', claims: 'all', admin: 'all', vendor: 'own', sme: 'own' };

export const ROUTES = {
  createKey: { method: 'POST', path: '/v1/keys', access: ADMIN },
  revokeKey: { method: 'DELETE', path: '/v1/keys/:keyId', access: ADMIN },
  listKeys: { method: 'GET', path: '/v1/keys', access: ADMIN },
  putVendor: { method: 'PUT', path: '/v1/vendors/:vendorId', access: ADMIN },
  putSolution: { method: 'PUT', path: '/v1/solutions/:solutionId', access: ADMIN },
  putSme: { method: 'PUT', path: '/v1/smes/:smeId', access: ADMIN },
  putOrder: { method: 'PUT', path: '/v1/orders/:orderId', access: ADMIN },
  putCase: { method: 'PUT', path: '/v1/cases/:caseId', access: ADMIN },
  postRegistry: { method: 'POST', path: '/v1/registry', access: ADMIN },
  postEvents: { method: 'POST', path: '/v1/events', access: { vendor: 'own' } },
  postLogs: { method: 'POST', path: '/v1/logs', access: { vendor: 'own' } },
  getBatch: {
    method: 'GET',
    path: '/v1/batches/:batchId',
    access: { vendor: 'own', auditor: 'all' },
  },
  listRejects: {
    method: 'GET',
    path: '/v1/rejects',
    access: { vendor: 'own', auditor: 'all' },
  },
  listSources: {
    method: 'GET',
    path: '/v1/sources',
    access: { vendor: 'own', auditor: 'all', admin: 'all' },
  },
  listUnorderedUse: {
    method: 'GET',
    path: '/v1/unordered-use',
    access: { vendor: 'own', auditor: 'all', admin: 'all' },
  },
  postVerification: {
    method: 'POST',
    path: '/v1/verifications',
    access: { admin: 'all', auditor: 'all', claims: 'all' },
  },
  getVerification: {
    method: 'GET',
    path: '/v1/verifications/:verificationId',
    access: { admin: 'all', auditor: 'all', claims: 'all' },
  },
  listOrders: { method: 'GET', path: '/v1/orders', access: READERS },
  getOrder: { method: 'GET', path: '/v1/orders/:orderId', access: READERS },
  getMonths: { method: 'GET', path: '/v1/orders/:orderId/months', access: READERS },
  getExplanation: {
    method: 'GET',
    path: '/v1/orders/:orderId/months/:month/explanation',
    access: READERS,
  },
  postReview: {
    method: 'POST',
    path: '/v1/orders/:orderId/months/:month/reviews',
    access: { auditor: 'all' },
  },
  listReviews: {
    method: 'GET',
    path: '/v1/orders/:orderId/months/:month/reviews',
    access: { auditor: 'all', claims: 'all', admin: 'all' },
  },
  getClaim: {
    method: 'GET',
    path: '/v1/orders/:orderId/claim',
    access: { claims: 'all', auditor: 'all', admin: 'all', vendor: 'own' },
  },
  drawClaim: { method: 'POST', path: '/v1/orders/:orderId/claims', access: { claims: 'all' } },
  listStatements: { method: 'GET', path: '/v1/orders/:orderId/claims', access: { claims: 'all' } },
  getClaimable: {
    method: 'GET',
    path: '/v1/claimable',
    access: { claims: 'all', admin: 'all' },
  },
  getChartPng: { method: 'GET', path: '/v1/orders/:orderId/chart.png', access: READERS },
  getChartSvg: { method: 'GET', path: '/v1/orders/:orderId/chart.svg', access: READERS },
  getUsageCsv: { method: 'GET', path: '/v1/orders/:orderId/usage.csv', access: READERS },
  listEvents: {
    method: 'GET',
    path: '/v1/orders/:orderId/events',
    access: { auditor: 'all', admin: 'all', vendor: 'own', sme: 'own' },
  },
  getCalibration: {
    method: 'GET',
    path: '/v1/solutions/:solutionId/calibration',
    access: { auditor: 'all', admin: 'all' },
  },
  postWhatIf: {
    method: 'POST',
    path: '/v1/solutions/:solutionId/what-if',
    access: { auditor: 'all', admin: 'all' },
  },
  listWarnings: { method: 'GET', path: '/v1/warnings', access: { auditor: 'all', admin: 'all' } },
  getRoster: {
    method: 'GET',
    path: '/v1/cases/:caseId/roster',
    access: { auditor: 'all', admin: 'all' },
  },
  listIdleSolutions: {
    method: 'GET',
    path: '/v1/solutions/idle',
    access: { auditor: 'all', admin: 'all' },
  },
  healthz: { method: 'GET', path: '/healthz', access: 'open' },
  readyz: { method: 'GET', path: '/readyz', access: 'open' },
  openapi: { method: 'GET', path: '/openapi.json', access: 'open' },
} as const satisfies Record<string, RouteRow>;
export type RouteName = keyof typeof ROUTES;

/** Whether keys of a role may call a route at all; `own` and `all` alike. */
export function mayCall(role: KeyRole, name: RouteName): boolean {
  const access: Access = ROUTES[name].access;
  return access === 'open' || access[role] !== undefined;
}
