import { queryOptions } from '@tanstack/react-query';
import { carrel } from '../app/carrel.js';
import type { JsonSchema } from './json-schema.js';

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly {
    readonly in: 'path' | 'query' | 'header';
    readonly name: string;
    readonly required?: boolean;
    readonly schema: JsonSchema;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: JsonSchema }>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
}

/** The contract of the server: forms are made from it, so that they have every option that the server has. */
export interface Contract {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}

export const contractQuery = queryOptions({
  queryKey: ['contract'],
  queryFn: async ({ signal }) => (await carrel.request({ method: 'GET', path: '/openapi.json' }, { signal })) as Contract,
  staleTime: Number.POSITIVE_INFINITY,
});
