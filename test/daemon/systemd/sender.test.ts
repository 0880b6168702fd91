/** Messages that cannot be sent, and time that is asked for, with a clock that moves by hand. */
import test from 'ava';
import {createExtension, LEASE_MS, MARGIN_MS} from '../../../src/daemon/systemd/extension.js';
import {createSender, FIRST_PAUSE_MS, LONGEST_PAUSE_MS, TRIES} from '../../../src/daemon/systemd/sender.js';

/** The one timer that is set, and how to let it fire. */
function createAlarm() {
  const set: {act: () => void; ms: number}[] = [];
  return {
    pauses: () => set.map(({ms}) => ms),
    setTimer: (act: () => void, ms: number) => {
      const alarm = {act, ms};
      set.push(alarm);
      return () => void set.splice(set.indexOf(alarm), set.includes(alarm) ? 1 : 0);
    },
    fire: () => set.shift()?.act(),
  };
}

function scene(failure: () => string | null) {
  const alarm = createAlarm();
  const sent: string[] = [];
  const told: string[] = [];
  const sender = createSender({
    put: message => {
      const code = failure();
      if (code !== null) throw Object.assign(new Error(code), {code});
      sent.push(message.toString());
    },
    setTimer: alarm.setTimer,
    onFailed: cause => told.push(cause),
    onWorks: () => told.push('works'),
  });
  return {alarm, sent, told, sender};
}

test('a message is sent at once, and no timer is set', t => {
  const {sender, sent, alarm} = scene(() => null);
  sender.send('READY=1');
  t.deepEqual(sent, ['READY=1']);
  t.deepEqual(alarm.pauses(), []);
});

test('what cannot be sent is tried again with growing pauses, and no more at the end of them', t => {
  const {sender, sent, told, alarm} = scene(() => 'EAGAIN');
  sender.send('READY=1');
  const pauses: number[] = [];
  for (let pause = alarm.pauses(); pause.length > 0; pause = alarm.pauses()) {
    t.is(pause.length, 1);
    pauses.push(...pause);
    alarm.fire();
  }
  t.is(pauses[0], FIRST_PAUSE_MS);
  t.is(pauses.at(-1), LONGEST_PAUSE_MS);
  t.is(pauses.length, TRIES - 1);
  t.deepEqual(told, Array(TRIES).fill('EAGAIN'));
  t.deepEqual(sent, []);
});

test('after the last try the next message is tried again, with all that waits, in order', t => {
  let code: string | null = 'ECONNREFUSED';
  const {sender, sent, alarm} = scene(() => code);
  sender.send('RELOADING=1\nMONOTONIC_USEC=1');
  while (alarm.pauses().length > 0) alarm.fire();
  code = null;
  sender.send('READY=1');
  t.deepEqual(sent, ['RELOADING=1\nMONOTONIC_USEC=1', 'READY=1']);
});

test('of messages that wait and begin with the same word the last one is sent, in its turn', t => {
  let code: string | null = 'EAGAIN';
  const {sender, sent, alarm} = scene(() => code);
  for (let nth = 0; nth < 1000; nth += 1) {
    sender.send(`STATUS=${nth}`);
    sender.send(`RELOADING=1\nMONOTONIC_USEC=${nth}`);
    sender.send('READY=1');
  }
  code = null;
  alarm.fire();
  t.deepEqual(sent, ['STATUS=999', 'RELOADING=1\nMONOTONIC_USEC=999', 'READY=1']);
});

test('a message about the failure itself waits for the same try', t => {
  const alarm = createAlarm();
  const sent: string[] = [];
  let failing = true;
  const sender = createSender({
    put: message => {
      if (failing) throw Object.assign(new Error(), {code: 'ENOENT'});
      sent.push(message.toString());
    },
    setTimer: alarm.setTimer,
    onFailed: () => sender.send('STATUS=a problem'),
    onWorks: () => sender.send('STATUS=no problem'),
  });
  sender.send('READY=1');
  t.deepEqual(alarm.pauses(), [FIRST_PAUSE_MS]);
  failing = false;
  alarm.fire();
  t.deepEqual(sent.slice(0, 2), ['READY=1', 'STATUS=no problem']);
});

test('a sign of life does not wait for those before it, and takes them with it when it comes through', t => {
  let code: string | null = 'ENOENT';
  const {sender, sent, told, alarm} = scene(() => code);
  sender.send('READY=1');
  sender.sendFirst('WATCHDOG=1');
  t.deepEqual(told, ['ENOENT', 'ENOENT']);
  t.is(alarm.pauses().length, 1);
  code = null;
  sender.sendFirst('WATCHDOG=1');
  t.deepEqual(sent, ['WATCHDOG=1', 'READY=1']);
  t.deepEqual(alarm.pauses(), []);
});

test('a sign of life that cannot be sent is tried again, also when all else was given up', t => {
  let code: string | null = 'ENOENT';
  const {sender, sent, alarm} = scene(() => code);
  sender.sendFirst('WATCHDOG=1');
  t.deepEqual(alarm.pauses(), [FIRST_PAUSE_MS]);
  while (alarm.pauses().length > 0) alarm.fire();
  sender.sendFirst('WATCHDOG=1');
  t.deepEqual(alarm.pauses(), [FIRST_PAUSE_MS]);
  code = null;
  alarm.fire();
  t.deepEqual(sent, ['WATCHDOG=1']);
});

test('time is asked for in parts, up to the end and a margin', t => {
  const alarm = createAlarm();
  let now = 1000;
  const asked: string[] = [];
  const extension = createExtension({
    now: () => now,
    setTimer: alarm.setTimer,
    ask: text => asked.push(text),
  });
  const lease = `EXTEND_TIMEOUT_USEC=${LEASE_MS * 1000}`;
  extension.until(1000 + LEASE_MS);
  extension.until(1000 + LEASE_MS);
  t.deepEqual(asked.splice(0), [lease]);
  now += LEASE_MS / 2;
  alarm.fire();
  t.deepEqual(asked.splice(0), [lease]);
  t.deepEqual(alarm.pauses(), []);
  extension.until(now + 1000);
  t.deepEqual(asked.splice(0), [`EXTEND_TIMEOUT_USEC=${(1000 + MARGIN_MS) * 1000}`]);
  extension.until(null);
  t.deepEqual(asked, []);
});

test('no time is asked for what is overdue, and a start that ends leaves no timer', t => {
  const alarm = createAlarm();
  const asked: string[] = [];
  const extension = createExtension({
    now: () => 50_000,
    setTimer: alarm.setTimer,
    ask: text => asked.push(text),
  });
  extension.until(40_000);
  t.deepEqual(asked, []);
  extension.until(500_000);
  t.deepEqual(alarm.pauses(), [LEASE_MS / 2]);
  extension.until(null);
  t.deepEqual(alarm.pauses(), []);
});
