import { parseEnv } from '@fastfn/config';
import { LONGEST_STOP_MS } from '@fastfn/server';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { composeFile } from './compose.js';
import { CONTAINER } from './container.js';
import { installPlan } from './install-plan.js';
import type { Project } from './project.js';
import { TARGETS } from './targets.js';

const PROJECT: Project = {
  name: 'shop',
  image: 'registry.example.com:5000/team/shop:1.4',
  functions: 'functions',
  runtimes: ['node'],
  restrictTo: null,
  composer: false,
  keptPackages: [],
  install: installPlan({ manifest: null, files: new Set() }, '9.9.9'),
};

// biome-ignore lint/suspicious/noExplicitAny: documents of any shape; the tests say what it must be.
type Document = any;

/** Strict: a key twice, what is no YAML, or means something else in the YAML 1.1 of kubectl, fails the test. */
function documents(text: string): Document[] {
  const [now, old] = (['1.2', '1.1'] as const).map((version) =>
    parseAllDocuments(text, { version, strict: true, uniqueKeys: true }).map((document) => {
      expect([...document.errors, ...document.warnings]).toEqual([]);
      return document.toJS();
    }),
  );
  expect(old).toEqual(now);
  return now!;
}

const texts = TARGETS.kubernetes.files(PROJECT);
const all: Document[] = texts.flatMap(({ text }) => parseAllDocuments(text).map((one) => one.toJS()));
const find = (kind: string, name: string): Document =>
  all.find((one) => one.kind === kind && one.metadata.name === name) ?? expect.fail(`no ${kind} ${name}`);
const deployments = () => all.filter(({ kind }) => kind === 'Deployment');
const container = (deployment: Document): Document => deployment.spec.template.spec.containers[0];

describe('Kubernetes manifests', () => {
  it.each(texts)('$path is YAML, each object complete', ({ text }) => {
    for (const object of documents(text)) {
      expect(object).toMatchObject({ apiVersion: expect.any(String), kind: expect.any(String) });
      expect(object.metadata.name).toMatch(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/);
    }
  });

  it('has the objects that it should, each once', () => {
    expect(all.map(({ apiVersion, kind, metadata }) => `${apiVersion} ${kind} ${metadata.name}`).sort()).toEqual([
      'apps/v1 Deployment shop',
      'apps/v1 Deployment shop-redis',
      'autoscaling/v2 HorizontalPodAutoscaler shop',
      'v1 ConfigMap shop',
      'v1 PersistentVolumeClaim shop-redis',
      'v1 Secret shop',
      'v1 Service shop',
      'v1 Service shop-redis',
    ]);
  });

  /** Where a misspelt or misplaced field would be dropped by the cluster, or refused. */
  it.each<[string, (object: Document) => Document, string]>([
    ['Deployment', ({ spec }) => spec, 'replicas selector strategy template'],
    [
      'Deployment',
      ({ spec }) => spec.template.spec,
      'automountServiceAccountToken enableServiceLinks terminationGracePeriodSeconds securityContext containers volumes',
    ],
    [
      'Deployment',
      ({ spec }) => spec.template.spec.securityContext,
      'runAsNonRoot runAsUser runAsGroup fsGroup seccompProfile',
    ],
    [
      'Deployment',
      container,
      'name image imagePullPolicy args ports envFrom env startupProbe livenessProbe readinessProbe lifecycle resources securityContext volumeMounts',
    ],
    ['Service', ({ spec }) => spec, 'type selector ports'],
    ['HorizontalPodAutoscaler', ({ spec }) => spec, 'scaleTargetRef minReplicas maxReplicas metrics'],
    ['PersistentVolumeClaim', ({ spec }) => spec, 'accessModes resources'],
    ['ConfigMap', (object) => object, 'apiVersion kind metadata data'],
    ['Secret', (object) => object, 'apiVersion kind metadata type stringData'],
  ])('%s has only fields that the API knows: $2', (kind, part, fields) => {
    const objects = all.filter((one) => one.kind === kind);
    expect(objects).not.toEqual([]);
    for (const object of objects) for (const key of Object.keys(part(object))) expect(fields.split(' ')).toContain(key);
  });

  it('probes have one question each, and only fields that the API knows', () => {
    const known = ['httpGet', 'tcpSocket', 'exec', 'periodSeconds', 'timeoutSeconds', 'failureThreshold'];
    for (const deployment of deployments()) {
      const { startupProbe, livenessProbe, readinessProbe } = container(deployment);
      for (const probe of [startupProbe, livenessProbe, readinessProbe].filter(Boolean)) {
        expect(known).toEqual(expect.arrayContaining(Object.keys(probe)));
        expect(known.slice(0, 3).filter((key) => key in probe)).toHaveLength(1);
      }
    }
  });

  it('selectors select the pods of their own Deployment and no other', () => {
    const matches = (selector: Record<string, string>, labels: Record<string, string>) =>
      Object.entries(selector).every(([key, value]) => labels[key] === value);
    for (const name of ['shop', 'shop-redis']) {
      const selectors = [find('Deployment', name).spec.selector.matchLabels, find('Service', name).spec.selector];
      for (const selector of selectors) {
        const chosen = deployments().filter((one) => matches(selector, one.spec.template.metadata.labels));
        expect(chosen.map(({ metadata }) => metadata.name)).toEqual([name]);
      }
    }
  });

  it('ports of Services and probes lead to ports that containers have', () => {
    for (const name of ['shop', 'shop-redis']) {
      const { ports, startupProbe, livenessProbe, readinessProbe } = container(find('Deployment', name));
      const names = ports.map((port: Document) => port.name);
      for (const port of find('Service', name).spec.ports) expect(names).toContain(port.targetPort);
      for (const probe of [startupProbe, livenessProbe, readinessProbe]) {
        const port = (probe?.httpGet ?? probe?.tcpSocket)?.port;
        if (port !== undefined) expect(names).toContain(port);
      }
      for (const port of names) expect(port).toMatch(/^[a-z0-9-]{1,15}$/);
    }
    expect(container(find('Deployment', 'shop')).ports[0].containerPort).toBe(CONTAINER.port);
  });

  it('everything that a pod refers to is there', () => {
    for (const deployment of deployments()) {
      const { env = [], envFrom = [], volumeMounts = [] } = container(deployment);
      for (const { configMapRef } of envFrom) find('ConfigMap', configMapRef.name);
      const seen = new Set<string>();
      for (const { name, value = '', valueFrom } of env) {
        const ref = valueFrom?.secretKeyRef;
        if (ref && !ref.optional) expect(find('Secret', ref.name).stringData).toHaveProperty(ref.key);
        // Kubernetes puts in only what comes before.
        for (const [, used] of value.matchAll(/\$\((\w+)\)/g)) expect(seen).toContain(used);
        seen.add(name);
      }
      const volumes = deployment.spec.template.spec.volumes;
      for (const { name } of volumeMounts) expect(volumes.map((one: Document) => one.name)).toContain(name);
      for (const { persistentVolumeClaim } of volumes)
        if (persistentVolumeClaim) find('PersistentVolumeClaim', persistentVolumeClaim.claimName);
    }
  });

  it('the address of Redis is its Service', () => {
    const { env } = container(find('Deployment', 'shop'));
    const { value } = env.find(({ name }: Document) => name === 'FN_REDIS_URL');
    const url = new URL(value.replace('$(REDIS_PASSWORD)', 'x'));
    expect(find('Service', url.hostname).spec.ports[0].port).toBe(Number(url.port));
  });

  it('the autoscaler scales the Deployment, which asks for processor and says no number of its own', () => {
    const { scaleTargetRef, minReplicas, maxReplicas, metrics } = find('HorizontalPodAutoscaler', 'shop').spec;
    const deployment = find(scaleTargetRef.kind, scaleTargetRef.name);
    expect(deployment.apiVersion).toBe(scaleTargetRef.apiVersion);
    expect(deployment.spec).not.toHaveProperty('replicas');
    expect(container(deployment).resources.requests).toHaveProperty(metrics[0].resource.name);
    expect(minReplicas).toBeLessThan(maxReplicas);
  });

  it('a pod is given the time that a stop takes, after what preStop takes', () => {
    const { terminationGracePeriodSeconds } = find('Deployment', 'shop').spec.template.spec;
    const { command } = container(find('Deployment', 'shop')).lifecycle.preStop.exec;
    expect(terminationGracePeriodSeconds).toBeGreaterThan(Number(command[1]) + LONGEST_STOP_MS / 1000);
  });

  it('variables are text, known, and good values; the placeholders are not', () => {
    const { data } = find('ConfigMap', 'shop');
    const { stringData } = find('Secret', 'shop');
    for (const value of Object.values({ ...data, ...stringData })) expect(value).toBeTypeOf('string');
    expect(parseEnv(data).problems).toEqual([]);
    expect(parseEnv(stringData).problems).toEqual([
      expect.objectContaining({ key: 'FN_JOBS_CALLBACK_SECRET', severity: 'error' }),
    ]);
    expect(parseEnv({ FN_REDIS_URL: 'redis://:x@shop-redis:6379/0' }).problems).toEqual([]);
  });

  it('runs nothing as root, with no right that is not needed', () => {
    for (const deployment of deployments()) {
      const pod = deployment.spec.template.spec;
      expect(pod).toMatchObject({ automountServiceAccountToken: false, securityContext: { runAsNonRoot: true } });
      expect(pod.securityContext.runAsUser).toBeGreaterThan(0);
      expect(container(deployment).securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: deployment.metadata.name.endsWith('-redis'),
        capabilities: { drop: ['ALL'] },
      });
    }
  });

  it('gives Redis less to keep than its limit of memory: full, it refuses, and is not killed', () => {
    const redis = container(deployments().find(({ metadata }) => metadata.name.endsWith('-redis'))!);
    const kept = redis.args[redis.args.indexOf('--maxmemory') + 1];
    expect(kept).toMatch(/^\d+mb$/);
    expect(Number.parseInt(kept, 10)).toBeLessThan(Number.parseInt(redis.resources.limits.memory, 10) * 0.8);
  });
});

describe('Compose file', () => {
  const compose = (context = '.', dockerfile = 'Dockerfile'): Document =>
    documents(composeFile(PROJECT, { context, dockerfile }))[0];

  it('is YAML with a server and a Redis', () => {
    expect(compose()).toMatchObject({
      name: 'shop',
      services: { server: { build: { context: '.', dockerfile: 'Dockerfile' }, image: PROJECT.image }, redis: {} },
    });
  });

  it('declares every volume that it uses', () => {
    const { services, volumes } = compose();
    const used = Object.values<Document>(services).flatMap((one) => one.volumes.map((v: string) => v.split(':')[0]));
    expect(used.sort()).toEqual(Object.keys(volumes).sort());
    expect(services.server.volumes).toEqual([`state:${CONTAINER.stateDir}`]);
  });

  it('waits for what it depends on, which has a check of its own', () => {
    const { server, redis } = compose().services;
    expect(server.depends_on).toEqual({ redis: { condition: 'service_healthy' } });
    expect(redis.healthcheck.test).toEqual(['CMD', 'redis-cli', 'ping']);
    expect(new URL(server.environment.FN_REDIS_URL).hostname).toBe('redis');
    expect(parseEnv(server.environment).problems).toEqual([]);
  });

  it('publishes the port of the server, and gives it the time that a stop takes', () => {
    const { server } = compose().services;
    expect(server.ports).toEqual([`\${PORT:-8080}:${CONTAINER.port}`]);
    expect(Number.parseInt(server.stop_grace_period, 10)).toBeGreaterThan(LONGEST_STOP_MS / 1000);
  });

  it('finds its project from another folder', () => {
    const { build, env_file } = compose('../..', 'deploy/x/Dockerfile').services.server;
    expect(build).toEqual({ context: '../..', dockerfile: 'deploy/x/Dockerfile' });
    expect(env_file).toEqual([{ path: '../../.env', required: false }]);
  });

  it('survives odd names of folders', () => {
    const odd = 'a: "b" #c';
    expect(compose('.', odd).services.server.build.dockerfile).toBe(odd);
  });
});
