import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ErrorNote, Loading } from '../ui/states.js';
import { type JsonSchema, resolve } from './json-schema.js';
import { type Contract, contractQuery } from './openapi.js';
import { SchemasContext } from './schemas-context.js';

/** Reads the contract, and gives what is below it its schemas. */
export function WithContract({ children }: { children: (contract: Contract) => ReactNode }) {
  const contract = useQuery(contractQuery);
  if (contract.isPending) return <Loading rows={5} />;
  if (contract.isError) return <ErrorNote error={contract.error} onRetry={() => void contract.refetch()} />;
  return <SchemasContext value={contract.data.components.schemas}>{children(contract.data)}</SchemasContext>;
}

/** A schema of the contract by its name. */
export const schemaNamed = (contract: Contract, name: string): JsonSchema =>
  resolve({ $ref: `#/components/schemas/${name}` }, contract.components.schemas);
