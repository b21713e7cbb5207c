export { type EmbeddedConnection, EmbeddedPostgres, type EmbeddedPostgresOptions } from './embedded-postgres.js';
