import test from 'ava';
import {groupIn, idIn, userIn, variablesOf} from '../../../../src/daemon/workers/privileges/account.js';

test('a line of the user database is read', t => {
  t.deepEqual(userIn('app:x:1000:50:The App,,,:/srv/app:/bin/sh\n'), {
    name: 'app',
    uid: 1000,
    gid: 50,
    home: '/srv/app',
    shell: '/bin/sh',
  });
  t.is(groupIn('www:x:33:a,b\n'), 33);
});

test('anything else is no user and no group', t => {
  for (const line of ['', '\n', 'app', 'app:x:-1:50::/:/', 'app:x:a:50::/:/', ':x:1:1::/:/', 'app:x:1::::'])
    t.is(userIn(line), null, line);
  for (const line of ['', 'www:x', 'www:x:', 'www:x:x:']) t.is(groupIn(line), null, line);
  t.is(idIn('12a'), null);
});

const variables = test.macro((t, line: string, expected: Record<string, string | undefined>) => {
  t.deepEqual(variablesOf(userIn(line)), expected);
});

test('a user who can log in', variables, 'app:x:1:1::/srv/app:/bin/bash', {
  ...{HOME: '/srv/app', USER: 'app', LOGNAME: 'app', SHELL: '/bin/bash'},
});
test('a user who cannot log in has no shell', variables, 'www:x:33:33::/var/www:/usr/sbin/nologin', {
  ...{HOME: '/var/www', USER: 'www', LOGNAME: 'www', SHELL: undefined},
});
test('a user without a home', variables, 'a:x:1:1:::', {
  ...{HOME: '/', USER: 'a', LOGNAME: 'a', SHELL: undefined},
});
test('a number without a user', variables, '', {
  ...{HOME: '/', USER: undefined, LOGNAME: undefined, SHELL: undefined},
});
