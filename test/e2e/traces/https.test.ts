/** A collector behind TLS is asked only if it is the one that is expected. */
import {readFileSync} from 'node:fs';
import https from 'node:https';
import test from 'ava';
import {createCollector} from '../../helpers/collector/collector.js';
import {createRig, fixture} from '../../helpers/rig.js';

const CERTIFICATE = fixture('tls/collector.crt');
const [cert, key] = [readFileSync(CERTIFICATE), readFileSync(fixture('tls/collector.key'))];

test('one whose certificate is trusted gets the traces', async t => {
  const rig = await createRig(t);
  const {port, trace} = await createCollector(t, listener => https.createServer({cert, key}, listener));
  rig.ssd(['--interval=0'], undefined, {
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: `https://127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_CERTIFICATE: CERTIFICATE,
    },
  });
  t.is((await trace()).root.name, 'start');
});

test('one that shows another certificate gets nothing', async t => {
  const rig = await createRig(t);
  const {port} = await createCollector(t, () =>
    https.createServer({cert, key}, () => t.fail('it was asked')),
  );
  const ssd = rig.ssd(['--interval=0'], undefined, {
    env: {OTEL_EXPORTER_OTLP_ENDPOINT: `https://127.0.0.1:${port}`},
  });
  await ssd.line(/warning: cannot send traces to https:\/\/\S+: DEPTH_ZERO_SELF_SIGNED_CERT/);
  t.is((await rig.ssctl(['restart'])).code, 0);
});

test('a file of a certificate that cannot be had keeps nobody waiting', async t => {
  const rig = await createRig(t);
  await rig.run(['mkfifo', rig.path('fifo')]);
  const ssd = rig.ssd(['--interval=0'], undefined, {
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://127.0.0.1:1',
      OTEL_EXPORTER_OTLP_CERTIFICATE: rig.path('fifo'),
    },
  });
  await ssd.line(
    /warning: cannot send traces to \S+: \S+fifo is not a regular file; \d spans? (is|are) lost/,
  );
  t.is((await rig.ssctl(['restart'])).code, 0);
});
