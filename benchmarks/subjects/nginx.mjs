import { existsSync, readdirSync } from 'node:fs';
import { availableParallelism, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findTool, versionOf } from '../lib/tools.mjs';
import { writeTree } from '../lib/tree.mjs';
import { Unavailable } from '../lib/unavailable.mjs';

const helloPhp = fileURLToPath(new URL('../peers/nginx/hello.php', import.meta.url));
const LUA_MODULE = '/usr/lib/nginx/modules/ngx_http_lua_module.so';
const NDK_MODULE = '/usr/lib/nginx/modules/ndk_http_module.so';

/**
 * A child of php-fpm serves one kept-alive connection at a time and takes no other until that is closed: with fewer
 * children than connections some clients wait for ever. 64 may be in use (the clients of the load scenarios) and as many
 * idle. Measured: twice the throughput of a new connection for each request.
 */
const FPM_IDLE_CONNECTIONS = 64;
const FPM_CHILDREN = 2 * FPM_IDLE_CONNECTIONS;

/** Only where a system package already installed them: nginx is no registry's package. */
/** @type {import('../lib/subject.mjs').Subject[]} */
export default [
  nginx({
    id: 'nginx',
    title: 'nginx `return 200`',
    location: `default_type application/json; return 200 '{"hello":"$arg_name"}';`,
  }),
  nginx({
    id: 'nginx-lua',
    title: 'nginx + Lua module',
    modules: [NDK_MODULE, LUA_MODULE],
    location: `default_type application/json;
      content_by_lua_block { ngx.print('{"hello":"', ngx.var.arg_name or 'world', '"}') }`,
  }),
  nginx({
    id: 'nginx-php-fpm',
    title: 'nginx + php-fpm',
    fpm: true,
    location: `include /etc/nginx/fastcgi_params;
      fastcgi_param SCRIPT_FILENAME ${helloPhp}; fastcgi_keep_conn on; fastcgi_pass fpm;`,
  }),
];

/**
 * @param {{ id: string, title: string, modules?: string[], fpm?: boolean, location: string }} options
 * @returns {import('../lib/subject.mjs').Subject}
 */
function nginx({ id, title, modules = [], fpm = false, location }) {
  return {
    id,
    title,
    ours: false,
    can: [],
    async prepare() {
      if (!findTool('nginx')) throw new Unavailable('nginx is not installed (apt install nginx)');
      if (!modules.every((file) => existsSync(file))) throw new Unavailable('apt install libnginx-mod-http-lua');
      if (fpm && !fpmBinary()) throw new Unavailable('php-fpm is not installed (apt install php-fpm)');
      const version = versionOf('nginx', '-v')?.match(/[\d.]+/)?.[0] ?? 'unknown';
      return fpm ? `${version}, ${versionOf(fpmBinary() ?? '', '-v')?.match(/PHP [\d.]+/)?.[0]}` : version;
    },
    command(context, port) {
      const folder = context.dir(`${id}-${port}`);
      writeTree(folder, {
        'nginx.conf': nginxConf({ folder, port, modules, fpm, location }),
        'fpm.conf': fpmConf(folder),
        'logs/.keep': '',
        // One process to stop: the shell that holds both ends them when it is told to end.
        'start.sh': `${fpm ? `${fpmBinary()} -F -R -y ${folder}/fpm.conf &\nFPM=$!\n` : ''}nginx -p ${folder} -c ${folder}/nginx.conf &
trap 'kill $! $FPM 2>/dev/null; wait' TERM INT\nwait\n`,
      });
      return { command: '/bin/sh', args: [join(folder, 'start.sh')], cwd: folder };
    },
  };
}

/** @param {{ folder: string, port: number, modules: string[], fpm: boolean, location: string }} options */
function nginxConf({ folder, port, modules, fpm, location }) {
  return `${modules.map((file) => `load_module ${file};\n`).join('')}daemon off;
pid ${folder}/nginx.pid;
error_log ${folder}/logs/error.log warn;
user ${userName()};
worker_processes auto;
events { worker_connections 1024; }
http {
  access_log off;
  keepalive_requests 100000000;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  ${fpm ? `upstream fpm { server unix:${folder}/fpm.sock; keepalive ${idlePerProcess()}; }` : ''}
  server { listen 127.0.0.1:${port}; location /hello { ${location} } }
}
`;
}

/** Each nginx process keeps its own. */
function idlePerProcess() {
  return Math.max(1, Math.floor(FPM_IDLE_CONNECTIONS / availableParallelism()));
}

/** @param {string} folder */
function fpmConf(folder) {
  return `[global]
error_log = ${folder}/logs/fpm.log
[www]
user = ${userName()}
listen = ${folder}/fpm.sock
pm = static
pm.max_children = ${FPM_CHILDREN}
pm.max_requests = 0
`;
}

/** Debian calls it php-fpm8.2 and puts it beside the administrator's programs. */
function fpmBinary() {
  const plain = findTool('php-fpm');
  if (plain) return plain;
  const name = existsSync('/usr/sbin')
    ? readdirSync('/usr/sbin').find((file) => /^php-fpm[\d.]+$/.test(file))
    : undefined;
  return name ? join('/usr/sbin', name) : null;
}

function userName() {
  return userInfo().username;
}
