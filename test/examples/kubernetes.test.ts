/**
 * examples/kubernetes: its objects have the types of Kubernetes' API, with no field besides, and what kubelet would do with the
 * pod is done with a container of the image: the command, the probes, the end.
 */
import {spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {ROOT} from '../helpers/rig.js';
import {askInside, type Container, createContainer, inContainer, stopWorker} from './container.js';
import {EXAMPLES} from './recipes.js';
import {type Parsed, readYaml} from './yaml.js';

const objects = readYaml(join(EXAMPLES, 'kubernetes/app.yaml'));
const {spec: pod} = objects.find(({kind}) => kind === 'Deployment')?.spec.template ?? {};
const [container] = pod.containers;

/** The modules of kubernetes-types, made of the OpenAPI document of Kubernetes. */
const TYPES: Readonly<Record<string, string>> = {
  Deployment: 'apps/v1',
  Service: 'core/v1',
  NetworkPolicy: 'networking/v1',
};

test('every object has the type that the API of Kubernetes demands, and no field besides', t => {
  t.deepEqual(
    objects.map(({kind}) => kind),
    Object.keys(TYPES),
  );
  t.is(mistakesIn(objects), '');
  for (const [kind, {apiVersion}] of objects.map(object => [object.kind, object] as const))
    t.true(apiVersion === 'v1' || apiVersion.replace('.k8s.io', '') === TYPES[kind], kind);
});

test('the types see a wrong name, a wrong type and a missing field', t => {
  const [deployment] = structuredClone(objects);
  deployment.spec.replica = 2;
  t.regex(mistakesIn([deployment]), /"replica"' does not exist in type 'DeploymentSpec'/);
  const [other] = structuredClone(objects);
  other.spec.template.spec.containers[0].livenessProbe.periodSeconds = '10';
  t.regex(mistakesIn([other]), /Type 'string' is not assignable to type 'number'/);
  const [third] = structuredClone(objects);
  third.spec.selector = undefined;
  t.regex(mistakesIn([third]), /Property 'selector' is missing/);
});

test('the names in it fit together', t => {
  const [deployment, service, policy] = objects;
  const {labels} = deployment.spec.template.metadata;
  for (const selected of [
    deployment.spec.selector.matchLabels,
    service.spec.selector,
    policy.spec.podSelector.matchLabels,
  ])
    t.deepEqual(selected, labels);
  const ports: Record<string, number> = {};
  for (const {name, containerPort} of container.ports) ports[name] = containerPort;
  t.deepEqual(ports, {http: 8080, ssd: 9090});
  t.true(container.command.includes('--port=8080'));
  t.true(container.command.includes('--http=0.0.0.0:9090'));
  t.is(service.spec.ports[0].targetPort, 'http');
  t.deepEqual(policy.spec.ingress, [{ports: [{port: 'http'}]}]);
  t.deepEqual(
    [container.readinessProbe, container.livenessProbe].map(({httpGet: {path, port}}) => [path, port]),
    [
      ['/readyz', 'ssd'],
      ['/livez', 'ssd'],
    ],
  );
});

test('the pod may take as long to end as ssd does, and longer', t => {
  const [, wait] = container.lifecycle.preStop.exec.command;
  const stop = /^--stop-timeout=(\d+)s$/m.exec(container.command.join('\n'))?.[1];
  t.true(Number(wait) + Number(stop) + 5 <= pod.terminationGracePeriodSeconds);
});

inContainer('kubelet would find the container alive, ready when it serves, and see it end', async t => {
  const made = await createContainer(t, ...optionsOf());
  const {running, docker, exec} = made;
  t.is((await exec('cat', '/proc/1/comm')).stdout, 'ssd\n');
  t.is((await exec('id', '-u')).stdout, `${pod.securityContext.runAsUser}\n`);
  const probes = async () => [
    await probe(made, container.livenessProbe),
    await probe(made, container.readinessProbe),
  ];
  t.deepEqual(await probes(), [200, 200]);
  for (const line of execLines()) {
    const {code, stderr} = await exec(...line);
    t.is(code, 0, stderr);
  }
  t.regex(await askInside(made), /^generation 2,/);
  t.deepEqual(await probes(), [200, 200]);

  // It serves while the nodes have yet to hear that it ends.
  const waiting = exec(...container.lifecycle.preStop.exec.command);
  t.regex(await askInside(made), /^generation 2,/);
  t.deepEqual(await probes(), [200, 200]);
  t.is((await waiting).code, 0);
  t.is((await docker('kill', '--signal=TERM', 'app')).code, 0);
  t.is((await running.exit()).code, 0);
});

inContainer('a pod in which nothing serves gets no connections, and is not restarted', async t => {
  const made = await createContainer(t, ...optionsOf());
  t.is((await stopWorker(made)).code, 0);
  t.is(await probe(made, container.livenessProbe), 200);
  t.is(await probe(made, container.readinessProbe), 503);
});

/** The options of docker that stand for what the manifest says of the container. */
function optionsOf(): string[] {
  const {capabilities, allowPrivilegeEscalation, readOnlyRootFilesystem} = container.securityContext;
  const [{mountPath}] = container.volumeMounts;
  // The README of the image has --read-only, and its tmpfs at the same place.
  if (!readOnlyRootFilesystem || mountPath !== '/tmp')
    throw new Error('it is not the container of the image');
  return [
    `--entrypoint=${JSON.stringify(container.command)}`,
    `--user=${pod.securityContext.runAsUser}`,
    ...capabilities.drop.map((name: string) => `--cap-drop=${name}`),
    ...(allowPrivilegeEscalation ? [] : ['--security-opt=no-new-privileges']),
  ];
}

/** The status that kubelet gets, which asks by the address of the pod. */
async function probe({exec}: Container, {httpGet: {path, port}}: Parsed): Promise<number> {
  const number = container.ports.find(({name}: Parsed) => name === port).containerPort;
  const options = `{port: ${number}, path: '${path}', agent: false, headers: {Host: '10.244.1.7:${number}'}}`;
  const program = `http.get(${options}, answer => console.log(answer.resume().statusCode)).on('error', console.error)`;
  const {stdout, stderr} = await exec('node', '-e', program);
  return stderr === '' ? Number(stdout) : Number.NaN;
}

/** What the README runs in the container. */
function execLines(): readonly (readonly string[])[] {
  const readme = readFileSync(join(EXAMPLES, 'kubernetes/README.md'), 'utf8');
  const lines = [...readme.matchAll(/^kubectl exec deployment\/app -- (.*)$/gm)];
  return lines.map(([, line = '']) => line.split(' '));
}

/** What the compiler says of the objects, given as literals of their types. */
function mistakesIn(given: readonly Parsed[]): string {
  const folder = mkdtempSync(join(ROOT, 'dist/kubernetes-'));
  const lines = given.flatMap((object, nth) => [
    `import type {${object.kind} as Type${nth}} from 'kubernetes-types/${TYPES[object.kind]}';`,
    `export const object${nth}: Type${nth} = ${JSON.stringify(object)};`,
  ]);
  const options = [
    '--noEmit',
    '--strict',
    '--pretty',
    'false',
    '--module',
    'esnext',
    '--moduleResolution',
    'bundler',
    '--ignoreConfig',
  ];
  try {
    writeFileSync(join(folder, 'objects.ts'), lines.join('\n'));
    const done = spawnSync(join(ROOT, 'node_modules/.bin/tsc'), [...options, join(folder, 'objects.ts')]);
    return String(done.stdout) + String(done.stderr);
  } finally {
    rmSync(folder, {recursive: true});
  }
}
