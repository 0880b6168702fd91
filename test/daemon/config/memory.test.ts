/** The options that say how much memory workers may take. */
import test from 'ava';
import {readConfig} from '../../../src/daemon/config/config.js';
import type {RawOptions} from '../../../src/daemon/config/options.js';
import {SIZE_FORM} from '../../../src/shared/words/size.js';
import {refusalOf} from '../../helpers/refusal.js';

const config = (options: RawOptions) => readConfig(options, ['server'], {});

test('--max-memory is read in bytes, or with K, M or G', t => {
  const sizes = ['4096', '512M', '1.5G', ' 3k ', '.5M', '0.5K'];
  t.deepEqual(
    sizes.map(size => config({'max-memory': size}).settings.maxMemory),
    [4096, 512 * 1024 ** 2, 1.5 * 1024 ** 3, 3072, 512 * 1024, 512],
  );
  t.is(config({}).settings.maxMemory, null);
});

for (const value of ['', '0', '0G', '-1M', '1.5', '512MB', '1T', 'much', '0.0001K', '9e9', '99999999999G'])
  test(`--max-memory=${value} is refused`, t => {
    const failure = refusalOf(() => config({'max-memory': value}));
    t.deepEqual(failure, {code: 'option-invalid', option: 'max-memory', value, problem: SIZE_FORM});
  });
