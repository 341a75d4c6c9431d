import { defineCommand } from 'citty';

/** Each command is loaded when it is asked for: help does not wait for the engine. */
export const program = defineCommand({
  meta: {
    name: 'flowproof',
    version: '0.1.0',
    description: 'Usage logs into verified, claimable months for the TCloud subsidy programmes',
  },
  subCommands: {
    serve: () => import('./serve.ts').then((m) => m.serve),
    demo: () => import('./demo.ts').then((m) => m.demo),
    registry: () => import('./commands/registry.ts').then((m) => m.registry),
    keys: () => import('./commands/keys.ts').then((m) => m.keys),
    send: () => import('./commands/send.ts').then((m) => m.send),
    rejects: () => import('./commands/rejects.ts').then((m) => m.rejects),
    sources: () => import('./commands/sources.ts').then((m) => m.sources),
    events: () => import('./commands/events.ts').then((m) => m.events),
    verify: () => import('./commands/verify.ts').then((m) => m.verify),
    months: () => import('./commands/months.ts').then((m) => m.months),
    calibrate: () => import('./commands/calibrate.ts').then((m) => m.calibrate),
    warnings: () => import('./commands/warnings.ts').then((m) => m.warnings),
    chart: () => import('./commands/chart.ts').then((m) => m.chart),
    explain: () => import('./commands/explain.ts').then((m) => m.explain),
    review: () => import('./commands/review.ts').then((m) => m.review),
    claim: () => import('./commands/claim.ts').then((m) => m.claim),
    draw: () => import('./commands/draw.ts').then((m) => m.draw),
    trace: () => import('./commands/trace.ts').then((m) => m.trace),
    claimable: () => import('./commands/claimable.ts').then((m) => m.claimable),
    roster: () => import('./commands/roster.ts').then((m) => m.roster),
    idle: () => import('./commands/idle.ts').then((m) => m.idle),
  },
});
