import { UsageError } from '@fastfn/core';
import { composeFile } from './compose.js';
import { CONTAINER } from './container.js';
import { dockerfile } from './dockerfile.js';
import { dockerignore } from './dockerignore.js';
import { redis } from './kubernetes/redis.js';
import { autoscaler, deployment, service } from './kubernetes/server.js';
import { configMap, secret } from './kubernetes/settings.js';
import type { Project } from './project.js';

const { port, stateDir } = CONTAINER;

/** Where the files go, with `/`, for the texts that name each other. */
export interface Places {
  /** Folder of the project, seen from the output folder; `.` when they are the same. */
  readonly contextFromOut: string;
  /** Output folder, seen from the project; `.` when they are the same. */
  readonly outFromContext: string;
}

export interface GeneratedFile {
  /** In the output folder. */
  readonly path: string;
  /** Without the header. */
  readonly text: string;
  /** Needed by the target, but another may have made it, or you: it is kept as it is when it is there. */
  readonly shared: boolean;
}

export interface Target {
  /** Output folder when none is named, seen from the project. */
  readonly defaultOut: string;
  files(project: Project, places: Places): GeneratedFile[];
  /** Commands that come next, run in the project's folder. */
  next(project: Project, places: Places): string[];
}

export const TARGETS = {
  docker: {
    defaultOut: '.',
    files: (project, places) => imageFiles(project, places, false),
    next: ({ image }, places) => [
      `docker build -t ${image}${places.outFromContext === '.' ? '' : ` -f ${inOut(places, 'Dockerfile')}`} .`,
      `docker run --rm -p ${port}:${port} -v fastfn-state:${stateDir} ${image}`,
    ],
  },
  compose: {
    defaultOut: '.',
    files: (project, places) => [
      own(
        'compose.yaml',
        composeFile(project, { context: places.contextFromOut, dockerfile: inOut(places, 'Dockerfile') }),
      ),
      ...imageFiles(project, places, true),
    ],
    next: (_, places) => [
      `docker compose${places.outFromContext === '.' ? '' : ` -f ${inOut(places, 'compose.yaml')}`} up --build --wait`,
    ],
  },
  kubernetes: {
    defaultOut: 'kubernetes',
    files: (project) => [
      own('config.yaml', configMap(project.name)),
      own('secret.yaml', secret(project.name)),
      own('redis.yaml', redis(project.name)),
      own('deployment.yaml', deployment(project)),
      own('service.yaml', service(project)),
      own('hpa.yaml', autoscaler(project)),
    ],
    next: ({ image, name }, places) => [
      `# the image ${image} comes from: fastfn build --target docker, docker build, docker push`,
      `# put real values into ${inOut(places, 'secret.yaml')}`,
      `kubectl apply -f ${places.outFromContext}/`,
      `kubectl rollout status deployment/${name}`,
    ],
  },
} as const satisfies Record<string, Target>;

export type TargetName = keyof typeof TARGETS;

/** @throws UsageError `usage` */
export function checkTarget(name: string): TargetName {
  if (Object.hasOwn(TARGETS, name)) return name as TargetName;
  throw new UsageError('usage', `There is no target "${name}".`, `Targets: ${Object.keys(TARGETS).join(', ')}.`);
}

function own(path: string, text: string): GeneratedFile {
  return { path, text, shared: false };
}

function imageFiles(project: Project, { outFromContext }: Places, shared: boolean): GeneratedFile[] {
  // Docker reads .dockerignore beside the project, or <Dockerfile>.dockerignore beside a Dockerfile that lies elsewhere.
  const ignore = outFromContext === '.' ? '.dockerignore' : 'Dockerfile.dockerignore';
  return [
    { path: 'Dockerfile', text: dockerfile(project), shared },
    { path: ignore, text: dockerignore(project), shared: true },
  ];
}

function inOut({ outFromContext }: Places, file: string): string {
  return outFromContext === '.' ? file : `${outFromContext}/${file}`;
}
