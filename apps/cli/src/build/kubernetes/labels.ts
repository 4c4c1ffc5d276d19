type Component = 'server' | 'redis';

/** Labels by which a Deployment and its Service find their pods, as lines of YAML. */
export function labels(name: string, component: Component, indent: number): string {
  const margin = ' '.repeat(indent);
  return `${margin}app.kubernetes.io/name: ${name}\n${margin}app.kubernetes.io/component: ${component}`;
}
