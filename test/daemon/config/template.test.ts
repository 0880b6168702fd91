import test from 'ava';
import {formVariables, readForm} from '../../../src/daemon/config/forms/forms.js';
import {parseTemplate, type Told} from '../../../src/daemon/config/forms/template.js';

const TCP: Told = {fd: 3, name: '8080', address: '0.0.0.0:8080', type: 'tcp'};
const V6: Told = {fd: 4, name: '[::1]:81', address: '[::1]:81', type: 'tcp'};
const UDP: Told = {fd: 5, name: '53', address: '0.0.0.0:53', type: 'udp'};
const UNIX: Told = {fd: 6, name: 'x', address: '/run/x', type: 'unix'};
const ALL = [TCP, V6, UDP, UNIX];

const told = (form: string, listeners: readonly Told[] = ALL) => formVariables([readForm(form)], listeners);

test('the forms of servers', t => {
  t.deepEqual(told('unicorn'), {UNICORN_FD: '3,4,6'});
  t.deepEqual(told('php-fpm'), {FPM_SOCKETS: '0.0.0.0:8080=3,::1:81=4,/run/x=6'});
  t.deepEqual(told('nginx'), {NGINX: '3;4;5;6;'});
  t.deepEqual(told('puma'), {
    PUMA_INHERIT_0: '3:tcp://0.0.0.0:8080',
    PUMA_INHERIT_1: '4:tcp://[::1]:81',
    PUMA_INHERIT_2: '6:unix:///run/x',
  });
  t.deepEqual(told('nghttpx'), {
    NGHTTPX_ACCEPT_1: 'tcp,3',
    NGHTTPX_ACCEPT_2: 'tcp,4',
    NGHTTPX_ACCEPT_3: 'unix,6,/run/x',
  });
});

test('a text is written for each listener, with what comes between two', t => {
  t.deepEqual(told('A={fd}'), {A: '3456'});
  t.deepEqual(told('A={type}:{name}[, ]', [TCP, UDP]), {A: 'tcp:8080, udp:53'});
  t.deepEqual(told('A=<{url}>', [TCP]), {A: '<tcp://0.0.0.0:8080>'});
  t.deepEqual(told('A={index}/{number}/{count}[ ]', [TCP, UDP]), {A: '0/1/2 1/2/2'});
  t.deepEqual(told('A={fd}[=]', [TCP, UDP]), {A: '3=5'});
});

test('a number in the name gives every listener a variable of its own', t => {
  t.deepEqual(told('A_{index}_B={address}', [TCP, UNIX]), {A_0_B: '0.0.0.0:8080', A_1_B: '/run/x'});
});

test('a text without a listener in it is written once', t => {
  t.deepEqual(told('A=yes'), {A: 'yes'});
  t.deepEqual(told('A='), {A: ''});
  t.deepEqual(told('A={count}', []), {A: '0'});
});

test('without listeners there is nothing to tell', t => {
  t.deepEqual(told('A={fd}', []), {});
  t.deepEqual(told('A_{index}={fd}', []), {});
  t.deepEqual(told('unicorn', [UDP]), {});
});

test('braces and brackets are doubled', t => {
  t.deepEqual(told('A={{{fd}}}[[]]', [TCP, UDP]), {A: '{3}[]{5}[]'});
});

for (const [value, problem] of [
  ['A', /a form of your own is NAME=TEXT/],
  ['=x', /the name of a variable/],
  ['1A={fd}', /the name of a variable/],
  ['A B={fd}', /the name of a variable/],
  ['A_{fd}=x', /the name of a variable/],
  ['A={fds}', /there is no \{fds\}: known are \{fd\}/],
  ['A={fd', /"\{fd" is not understood/],
  ['A=[,]{fd}', /"\[,\]\{fd\}" is not understood/],
  ['A_{index}={fd}[,]', /nothing to separate/],
] as const) {
  test(`${value} is no form`, t => {
    const parsed = parseTemplate(value);
    t.regex('problem' in parsed ? parsed.problem : '', problem);
  });
}
