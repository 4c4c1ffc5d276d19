import type { Options } from 'tsup';
import { library } from '../../tsup.base.js';
import { SHIM } from './shim-build.js';

const shim = library({
  entry: SHIM.entry,
  outDir: 'dist/shim',
  noExternal: [/^(?!oxc-transform$|node:)/],
  external: [...SHIM.external],
  splitting: true,
  banner: SHIM.banner,
  esbuildOptions(options) {
    options.alias = SHIM.alias;
  },
});

// Both build at once: the index must not clean the folder above the shim's.
export default (cli: Options) => (cli.dts ? [library()(cli)] : [library({ clean: ['dist/index.*'] })(cli), shim(cli)]);
