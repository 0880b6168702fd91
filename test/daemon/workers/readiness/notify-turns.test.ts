import test from 'ava';
import {systemError} from '../../../../src/daemon/system/posix.js';
import {type DatagramIo, openNotifySocket} from '../../../../src/daemon/workers/readiness/notify-socket.js';

const ENOBUFS = 105;

/** A system in which there is always another datagram, until `least` were taken; `before` may throw instead. */
function endless(before: (taken: number) => void = () => {}) {
  let taken = 0;
  const io: DatagramIo = {
    untilReadable: () => Promise.resolve(),
    receiveNow: () => {
      before(taken);
      taken += 1;
      return {data: Buffer.from(`${taken}`), pid: 1};
    },
  };
  return {io, taken: () => taken};
}

test('one failed call, or several, are reported, and later messages are heard', async t => {
  const causes: string[] = [];
  let failures = 2;
  const {io} = endless(() => {
    failures -= 1;
    if (failures >= 0) throw systemError('recvmsg', ENOBUFS);
  });
  const heard = await new Promise<string>(resolve => {
    const socket = openNotifySocket(
      {
        onMessage: data => resolve(data.toString()),
        onFailed: cause => causes.push(cause),
        onWorks: () => causes.push('works'),
      },
      io,
    );
    t.teardown(socket.close);
  });
  t.is(heard, '1');
  t.deepEqual(causes, ['ENOBUFS', 'ENOBUFS', 'works']);
});

test('a failed wait is reported, and another follows', async t => {
  const causes: string[] = [];
  let failed = false;
  const {io} = endless();
  const untilReadable = () => {
    if (failed) return Promise.resolve();
    failed = true;
    return Promise.reject(systemError('poll', ENOBUFS));
  };
  await new Promise<void>(resolve => {
    const onFailed = (cause: string) => causes.push(cause);
    const onWorks = () => causes.push('works');
    const socket = openNotifySocket({onMessage: () => resolve(), onFailed, onWorks}, {...io, untilReadable});
    t.teardown(socket.close);
  });
  t.deepEqual(causes, ['ENOBUFS', 'works']);
});

test('from a sender without end a bounded number of messages is read a turn', async t => {
  const {io, taken} = endless();
  const atOnce = await new Promise<number>(resolve => {
    const onMessage = (data: Buffer) => {
      if (data.toString() === '1') setImmediate(() => resolve(taken()));
    };
    const socket = openNotifySocket({onMessage, onFailed: t.fail, onWorks: t.fail}, io);
    t.teardown(socket.close);
  });
  t.true(atOnce <= 64, `${atOnce}`);
});

test('the number of messages taken at the end of a worker is bounded by what the kernel can hold', t => {
  const {io, taken} = endless();
  const socket = openNotifySocket(
    {onMessage: () => {}, onFailed: t.fail, onWorks: t.fail},
    {...io, untilReadable: () => new Promise<void>(() => {})},
  );
  t.teardown(socket.close);
  socket.drain();
  t.true(taken() >= 11 && taken() <= 4096, `${taken()}`);
});
