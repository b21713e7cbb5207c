import { describe, expect, it } from 'vitest';
import { readOptions } from './options.js';
import { SECTION_NAMES } from './sections/index.js';

describe('readOptions', () => {
  it('should measure everything, a hundred times after ten warm-ups, unless told otherwise', () => {
    expect(readOptions([])).toMatchObject({ sections: SECTION_NAMES, runs: 100, warmUps: 10, batchSize: 10, browsers: 20, idleMs: 10_000 });
  });

  it('should let a number that is given win over --quick', () => {
    const quick = readOptions(['--quick']);
    expect(readOptions(['--quick', '--runs', '40'])).toEqual({ ...quick, runs: 40 });
    expect(quick?.runs).toBeLessThan(40);
  });

  it('should take parts in its own order', () => {
    expect(readOptions(['--only', 'round-trips', '--only', 'lifecycle'])?.sections).toEqual(['lifecycle', 'round-trips']);
  });

  it('should know when only help is wanted', () => {
    expect(readOptions(['--help'])).toBeUndefined();
  });

  it.each([[['--runs', '0']], [['--runs', '1.5']], [['--runs', 'many']], [['--only', 'nothing']], [['--fast']], [['stray']]])(
    'should refuse %j and say how it is used',
    (args) => {
      expect(() => readOptions(args)).toThrow(expect.objectContaining({ exitCode: 2 }));
      expect(() => readOptions(args)).toThrow('npm run bench');
    },
  );
});
