/** Which directories a unit claims. */
import test from 'ava';
import {readConfig} from '../../../src/daemon/config/config.js';
import type {RawOptions} from '../../../src/daemon/config/options.js';
import {hardeningLines} from '../../../src/daemon/unit/hardening.js';
import {controlPlace, placesOf} from '../../../src/daemon/unit/places.js';
import {quoteValue, quoteWord} from '../../../src/daemon/unit/quote.js';

function places(options: RawOptions, socket = false) {
  const config = readConfig(options, ['app'], {});
  const wanted = {name: 'app', directory: '/srv', socket};
  const control = config.control ?? controlPlace(config, wanted);
  const {made, others} = placesOf(config, {...wanted, control});
  return {control, made: Object.fromEntries(made), others};
}

test('systemd makes the directories that are named after the service', t => {
  t.deepEqual(
    places({
      'log-file': '/var/log/app/log',
      'status-file': '/var/lib/app/x/status',
      'pid-file': '/run/app/pid',
    }),
    {
      control: '/run/app/control',
      made: {RuntimeDirectory: ['app'], LogsDirectory: ['app'], StateDirectory: ['app/x']},
      others: [],
    },
  );
});

test('no directory of others is claimed: systemd would change its mode, and remove it', t => {
  t.deepEqual(
    places({'pid-file': '/run/lock/app.pid', 'status-file': '/var/lib/dpkg/x', control: '/run/ssd/a.sock'}),
    {
      control: '/run/ssd/a.sock',
      made: {},
      others: ['/run/ssd', '/run/lock', '/var/lib/dpkg'],
    },
  );
  t.deepEqual(places({'log-file': '/var/log/application/log'}).others, ['/var/log/application']);
});

test('a unix listener can be reached, and its directory does not go with the service', t => {
  t.like(places({path: ['/run/app/http']}), {
    control: '/run/app/ssd/control',
    made: {RuntimeDirectory: ['app']},
  });
  t.like(places({path: ['/run/app/http']}, true), {
    control: '/run/app-ssd/control',
    made: {RuntimeDirectory: ['app-ssd']},
  });
  t.deepEqual(places({path: ['/run/web/http', 'here']}).others, ['/run/web', '/srv']);
  t.deepEqual(places({path: ['/run/web/http']}, true).others, []);
});

test('a log command and a device are no files that are made', t => {
  for (const log of ['| cat', '/dev/stdout']) t.deepEqual(places({'log-file': log}).others, []);
});

test('the sandbox lets in what is needed', t => {
  const sandbox = {dynamicUser: true, lowPort: false, usesHome: false, written: [], setsLimits: false};
  const has = (change: Partial<Parameters<typeof hardeningLines>[0]>, line: string) =>
    t.true(hardeningLines({...sandbox, ...change}).includes(line), line);
  has({}, 'ProtectHome=yes');
  has({}, 'CapabilityBoundingSet=');
  has({}, 'SystemCallFilter=~@privileged @resources');
  has({usesHome: true}, 'ProtectHome=read-only');
  has({lowPort: true}, 'CapabilityBoundingSet=CAP_NET_BIND_SERVICE');
  has({setsLimits: true}, 'SystemCallFilter=~@privileged');
  has({written: ['/srv/x']}, 'ReadWritePaths=/srv/x');
  t.false(hardeningLines({...sandbox, dynamicUser: false}).includes('DynamicUser=yes'));
});

test('systemd replaces $ in words, and not in the path of the program', t => {
  t.is(quoteWord('/a$b %c'), '"/a$$b %%c"');
  t.is(quoteValue('/a$b %c'), '"/a$b %%c"');
});

test('the socket of --http is in a directory that the service has, and others reach it if they may', t => {
  const own = {made: {RuntimeDirectory: ['app']}, others: []};
  t.deepEqual(places({http: '/run/app/http'}), {...own, control: '/run/app/control'});
  const reached = {...own, control: '/run/app/ssd/control'};
  t.deepEqual(places({http: '/run/app/http', 'http-public': true}), reached);
  t.deepEqual(places({http: '/run/app/http', 'http-public': true}, true), reached);
  t.deepEqual(places({http: '/srv/http'}).others, ['/srv']);
});
