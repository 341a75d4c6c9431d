export { RenderBusyError } from './errors.ts';
export { createChartRenderer, type RendererOptions } from './pool.ts';
