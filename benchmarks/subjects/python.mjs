import { join } from 'node:path';
import { installPythonPeers } from '../lib/peers.mjs';
import { versionOf } from '../lib/tools.mjs';

/** @type {import('../lib/subject.mjs').Subject[]} */
export default [
  fastapi({ id: 'fastapi', title: 'FastAPI on uvicorn', workers: 1 }),
  fastapi({ id: 'fastapi-x2', title: 'FastAPI on uvicorn, 2 processes', workers: 2 }),
  flask({ id: 'flask', title: 'Flask on gunicorn (gthread)', workers: 1 }),
  flask({ id: 'flask-x2', title: 'Flask on gunicorn (gthread), 2 processes', workers: 2 }),
];

/**
 * uvicorn[standard] brings uvloop and httptools, its fastest documented set.
 * @param {{ id: string, title: string, workers: number }} options
 * @returns {import('../lib/subject.mjs').Subject}
 */
function fastapi({ id, title, workers }) {
  const flags = ['--no-access-log', '--log-level', 'warning', '--loop', 'uvloop', '--http', 'httptools'];
  return {
    id,
    title,
    ours: false,
    can: workers === 1 ? ['echo', 'stream'] : [],
    async prepare(context) {
      const folder = await installPythonPeers(context);
      return pythonVersions(folder, ['fastapi', 'uvicorn']);
    },
    command({ settings: { peers } }, port) {
      const folder = join(peers, 'python');
      const args = ['fastapi_app:app', '--host', '127.0.0.1', '--port', `${port}`, '--workers', `${workers}`, ...flags];
      return { command: join(folder, 'bin/uvicorn'), args, cwd: folder };
    },
  };
}

/**
 * gthread and not the default sync worker, which closes the connection after each answer.
 * @param {{ id: string, title: string, workers: number }} options
 * @returns {import('../lib/subject.mjs').Subject}
 */
function flask({ id, title, workers }) {
  return {
    id,
    title,
    ours: false,
    can: [],
    async prepare(context) {
      const folder = await installPythonPeers(context);
      return pythonVersions(folder, ['flask', 'gunicorn']);
    },
    command({ settings: { peers } }, port) {
      const folder = join(peers, 'python');
      const flags = ['-k', 'gthread', '--threads', '8', '--keep-alive', '75', '--log-level', 'warning'];
      const args = ['-b', `127.0.0.1:${port}`, '-w', `${workers}`, ...flags, 'flask_app:app'];
      return { command: join(folder, 'bin/gunicorn'), args, cwd: folder };
    },
  };
}

/**
 * @param {string} folder of the virtual environment
 * @param {readonly string[]} names
 */
function pythonVersions(folder, names) {
  const script = `from importlib.metadata import version as v; print(", ".join(n + " " + v(n) for n in ${JSON.stringify(names)}))`;
  return versionOf(join(folder, 'bin/python'), '-c', script) ?? 'unknown';
}
