/** A Prometheus whose configuration is that of ssd(8) reads the metrics of an ssd by HTTP. */
import {writeFileSync} from 'node:fs';
import {get, httpPlace} from '../helpers/clients/http.js';
import {needs} from '../helpers/programs.js';
import {createRig} from '../helpers/rig.js';
import {freePort} from '../helpers/sockets.js';
import {display} from '../manual/page.js';

type Found = {readonly data: {readonly result: readonly {readonly value: readonly [number, string]}[]}};

needs('prometheus')(
  'the scrape configuration that the manual prints gives the metrics to Prometheus',
  async t => {
    t.timeout(120_000);
    const rig = await createRig(t);
    const ssd = rig.ssd(['--http=0', '--name=app', '--interval=0'], ['sleep', '1000']);
    const {host} = new URL(await httpPlace(ssd));
    const printed = display('ssd.8', 'HTTP', 'scrape_configs').replace('127.0.0.1:9090', host);
    t.true(printed.includes(host));
    writeFileSync(rig.path('prometheus.yml'), `global: {scrape_interval: 1s}\n${printed}`);
    const address = `127.0.0.1:${await freePort()}`;
    const prometheus = rig.start([
      'prometheus',
      `--config.file=${rig.path('prometheus.yml')}`,
      `--storage.tsdb.path=${rig.path('data')}`,
      `--web.listen-address=${address}`,
    ]);
    await prometheus.line(/Server is ready to receive web requests/);
    const valuesOf = async (query: string) => {
      const {text} = await get(`http://${address}`, `/api/v1/query?query=${encodeURIComponent(query)}`);
      return (JSON.parse(text) as Found).data.result.map(({value}) => value[1]);
    };
    // It looks for what it is to scrape every five seconds.
    while ((await valuesOf('up{job="ssd"}')).length === 0);
    t.deepEqual(await valuesOf('up{job="ssd"}'), ['1']);
    t.deepEqual(await valuesOf('ssd_workers{name="app",phase="ready"}'), ['1']);
    t.deepEqual(await valuesOf('ssd_workers_spawned_total'), ['1']);
  },
);
