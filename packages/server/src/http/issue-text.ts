import type { z } from 'zod';

const TYPES: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  nan: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'an array',
  object: 'an object',
  record: 'an object',
  null: 'null',
};

const FORMATS: Readonly<Record<string, string>> = {
  url: 'an absolute URL, beginning with http:// or https://',
  datetime: 'an RFC 3339 time in UTC, such as 2026-01-31T12:00:00Z',
};

/** What a value must be that is not, as the contract's own messages say it: for what has no message of its own in the contract. */
export function issueText(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'must be given' : `must be ${TYPES[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be ${oneOf(issue.values)}`;
    case 'too_small':
      return sizeText(issue, 'at least', issue.minimum, 'more than');
    case 'too_big':
      return sizeText(issue, 'at most', issue.maximum, 'less than');
    case 'invalid_format':
      if (issue.format === 'starts_with') return `must begin with ${JSON.stringify(issue.prefix)}`;
      if (issue.format === 'regex') return `must match ${issue.pattern}`;
      return `must be ${FORMATS[issue.format] ?? `of the form ${issue.format}`}`;
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    case 'invalid_key':
      return `is no name that may be used here: it ${issue.issues[0]?.message ?? 'must be another'}`;
    case 'invalid_union':
      // Undefined: it may be left out.
      if ('options' in issue && Array.isArray(issue.options)) return `must be ${oneOf(issue.options.filter((one) => one !== undefined))}`;
      return `must be ${alternatives(issue.errors)}`;
    default:
      return 'is not what is taken here';
  }
}

/**
 * Where the mistake is and what is taken there. Of several kinds of value that are taken, it is about the one that was meant: whoever gives
 * an array is told what is wrong in the array.
 */
export function innermost(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== 'invalid_union') return issue;
  const meant = issue.errors.find((errors) => errors.length > 0 && errors.every((error) => !isOfWholeValue(error)))?.[0];
  return meant === undefined ? issue : innermost({ ...meant, path: [...issue.path, ...meant.path] });
}

const isOfWholeValue = ({ code, path }: z.core.$ZodIssue) => code === 'invalid_type' && path.length === 0;

const alternatives = (errors: readonly (readonly z.core.$ZodIssue[])[]) =>
  [...new Set(errors.flatMap(([first]) => (first === undefined ? [] : [first.message.replace(/^must be /, '')])))].join(', or ');

const oneOf = (values: readonly unknown[]) =>
  `${values.length > 1 ? 'one of ' : ''}${values.map((value) => JSON.stringify(value)).join(', ')}`;

type SizeIssue = z.core.$ZodRawIssue<z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig>;

function sizeText({ origin, inclusive }: SizeIssue, limit: string, size: number | bigint, strictly: string): string {
  if (origin === 'string')
    return size === 1 && limit === 'at least' ? 'must not be empty' : `must have ${limit} ${count(size, 'character')}`;
  if (origin === 'array') return size === 1 && limit === 'at least' ? 'must not be empty' : `must have ${limit} ${count(size, 'entry')}`;
  return `must be ${inclusive ? limit : strictly} ${size}`;
}

function count(size: number | bigint, of: 'character' | 'entry'): string {
  if (size === 1) return `1 ${of}`;
  return `${size} ${of === 'entry' ? 'entries' : 'characters'}`;
}
