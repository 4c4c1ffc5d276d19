import type { Options } from 'tsup';
import { library } from '../../tsup.base.js';
import { DAEMON, WORKER } from './shim-build.js';

const shims = [DAEMON, WORKER].map(({ entry, format, extension, define, banner, alias, external }) =>
  library({
    entry,
    format: [format],
    outDir: 'dist/shim',
    outExtension: () => ({ js: extension }),
    clean: [`dist/shim/*${extension}*`],
    noExternal: [/^(?!oxc-transform$|koffi$|node:)/],
    external: [...external],
    splitting: false,
    define,
    banner: { js: banner },
    esbuildOptions(options) {
      options.alias = alias;
    },
  }),
);

// All build at once: the index must not clean the folder above the shim's.
export default (cli: Options) =>
  cli.dts ? [library()(cli)] : [library({ clean: ['dist/index.*'] })(cli), ...shims.map((shim) => shim(cli))];
