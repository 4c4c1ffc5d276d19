// Which package may import which: the arrows of docs/architecture.md. Everything not listed is refused.
const ARROWS = {
  core: [],
  dependencies: ['core'],
  types: [],
  protocol: [],
  config: ['core'],
  discovery: ['core'],
  router: ['core'],
  openapi: ['core'],
  jobs: ['core'],
  gateway: ['core', 'router', 'dependencies'],
  pool: ['core', 'protocol'],
  'runtime-node': ['core', 'protocol', 'dependencies'],
  'runtime-python': ['core', 'protocol', 'dependencies'],
  'runtime-php': ['core', 'protocol', 'dependencies'],
  'runtime-lua': ['core', 'protocol', 'dependencies'],
  'runtime-rust': ['core', 'protocol', 'dependencies'],
  'runtime-go': ['core', 'protocol', 'dependencies'],
  server: ['core', 'config', 'discovery', 'router', 'protocol', 'pool', 'gateway', 'openapi', 'jobs', 'runtime-[a-z]+'],
  testing: ['core', 'server', 'config'],
  'runtime-testing': ['core', 'protocol'],
  conformance: ['core', 'server', 'testing'],
};

const arrows = Object.entries(ARROWS).map(([from, to]) => ({
  name: `arrows-of-${from}`,
  comment: `@fastfn/${from} may import ${to.length ? to.map((name) => `@fastfn/${name}`).join(', ') : 'no sibling'}`,
  severity: 'error',
  // Tests may stand anywhere: they compose what they need.
  from: { path: `^packages/${from}/src/`, pathNot: '\\.test\\.ts$' },
  to: { path: '^packages/', pathNot: [`^packages/${from}/`, ...to.map((name) => `^packages/${name}/src/index\\.ts$`)] },
}));

module.exports = {
  forbidden: [
    ...arrows,
    {
      name: 'front-door',
      comment: "Siblings meet through index.ts, never through another package's files",
      severity: 'error',
      from: { path: '^(packages|apps)/([^/]+)/(src|test)/' },
      to: { path: '^packages/([^/]+)/src/', pathNot: ['^packages/$2/', '/src/index\\.ts$'] },
    },
    {
      name: 'apps-see-the-server',
      comment: 'The CLI talks to server, config and core only',
      severity: 'error',
      from: { path: '^apps/cli/src/', pathNot: '\\.test\\.ts$' },
      to: { path: '^packages/', pathNot: '^packages/(server|config|core)/src/index\\.ts$' },
    },
    {
      name: 'no-cycles',
      comment: 'A cycle means two subjects in one place',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|node_modules|fixtures|handlers|shim/fastfn)(/|$)' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node'] },
  },
};
