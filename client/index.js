export { FlowproofClient } from './client.js';
export { FlowproofClientError } from './error.js';
export { withId } from './lines.js';
