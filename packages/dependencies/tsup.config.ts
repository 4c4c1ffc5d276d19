import { copyFile, mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { library } from '../../tsup.base.js';

const require = createRequire(import.meta.url);
const swaggerUi = dirname(require.resolve('swagger-ui-dist/package.json'));

/** What `docs-page.ts` serves, and the licence that must travel with it. */
const FILES = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png', 'LICENSE', 'NOTICE'];

export default library({
  onSuccess: async () => {
    await mkdir('dist/swagger-ui', { recursive: true });
    await Promise.all(FILES.map((file) => copyFile(join(swaggerUi, file), join('dist/swagger-ui', file))));
  },
});
