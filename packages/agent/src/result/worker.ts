import { parentPort, workerData } from 'node:worker_threads';
import type { Json } from '@carrel/protocol';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/** What the thread is given; `values` is empty when only the schema is looked at. */
export interface Job {
  readonly schema: Record<string, Json>;
  readonly values: readonly Json[];
}

/** What comes of it: what is wrong with the schema, or with each of the values. */
export type Verdict = { schemaError: string } | { errors: string[][] };

const MAX_ERRORS = 10;

function judge({ schema, values }: Job): Verdict {
  const isDraft7 = typeof schema.$schema === 'string' && /draft-0[67]\//.test(schema.$schema);
  // Unknown keywords are let be, as the specification says; all that is wrong is told at once.
  const options = { strict: false, allErrors: true, logger: false } as const;
  const ajv = isDraft7 ? new Ajv(options) : new Ajv2020(options);
  addFormats.default(ajv);
  try {
    const validate = ajv.compile(schema);
    return {
      errors: values.map((value) => {
        validate(value);
        return (validate.errors ?? [])
          .slice(0, MAX_ERRORS)
          .map(({ instancePath, message, params }) => `${instancePath || 'the result'} ${message} ${JSON.stringify(params)}`.slice(0, 500));
      }),
    };
  } catch (error) {
    return { schemaError: error instanceof Error ? error.message : String(error) };
  }
}

// Told first, so that starting the thread does not count as work on the schema.
parentPort?.postMessage('ready');
parentPort?.postMessage(judge(workerData as Job));
