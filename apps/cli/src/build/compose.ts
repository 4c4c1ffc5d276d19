import { CONTAINER, KILL_AFTER_SECONDS, REDIS } from './container.js';
import type { Project } from './project.js';
import { yamlText } from './yaml-text.js';

const { port, stateDir } = CONTAINER;

/** Where files lie, seen from the compose file. */
export interface ComposePlaces {
  /** Folder of the project. */
  readonly context: string;
  /** Dockerfile, seen from the project. */
  readonly dockerfile: string;
}

/** The server and a Redis that has its schedules and jobs, on one machine. */
export function composeFile({ name, image }: Project, { context, dockerfile }: ComposePlaces): string {
  return `name: ${name}

services:
  server:
    build:
      context: ${yamlText(context)}
      dockerfile: ${yamlText(dockerfile)}
    image: ${yamlText(image)}
    # PORT=3000 docker compose up: another port of this machine. The admin API below /_fn answers only inside the container.
    ports:
      - "\${PORT:-${port}}:${port}"
    # Secrets and settings of your own; the file may be missing.
    env_file:
      - path: ${yamlText(context === '.' ? '.env' : `${context}/.env`)}
        required: false
    environment:
      FN_REDIS_URL: redis://redis:${REDIS.port}/0
    volumes:
      - state:${stateDir}
    depends_on:
      redis:
        condition: service_healthy
    # The image's own check looks at ${CONTAINER.live}; this one waits until functions are served.
    healthcheck:
      test:
        - CMD
        - node
        - -e
        - "fetch('http://127.0.0.1:${port}${CONTAINER.ready}').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"
      interval: 10s
      timeout: 3s
      start_period: 30s
      retries: 3
    # Running calls get 10 seconds to finish.
    stop_grace_period: ${KILL_AFTER_SECONDS}s
    restart: unless-stopped

  redis:
    image: ${REDIS.image}
    # Jobs must survive a restart (appendonly) and must not be thrown away when memory is short (noeviction).
    command: ["redis-server", "--appendonly", "yes", "--maxmemory-policy", "noeviction"]
    volumes:
      - redis:/data
    healthcheck:
      test: ["CMD", "redis-cli", "ping"]
      interval: 5s
      timeout: 3s
      retries: 5
    restart: unless-stopped

volumes:
  state:
  redis:
`;
}
