<?php

/** Does what `?do=` says to `?path=`. */
function handler($event)
{
    ['query' => $query] = $event;
    try {
        return ['ok' => true, 'data' => attempt($query['do'], $query['path'] ?? '', $query['to'] ?? '')];
    } catch (Throwable $error) {
        return ['ok' => false, 'error' => get_class($error) . ': ' . $error->getMessage()];
    }
}

function attempt(string $action, string $path, string $to): mixed
{
    return match ($action) {
        'read' => must(fn() => file_get_contents($path)),
        'write' => must(fn() => file_put_contents($path, 'written')) ? must(fn() => file_get_contents($path)) : null,
        'append' => must(fn() => file_put_contents($path, 'more', FILE_APPEND)),
        'remove' => must(fn() => unlink($path)),
        'mkdir' => must(fn() => mkdir($path)),
        'list' => must(fn() => scandir($path)),
        'rename' => must(fn() => rename($path, $to)),
        'link' => linked($path, symlink(...)),
        'hardlink' => linked($path, link(...)),
        'spawn' => must(fn() => proc_open([$path ?: '/bin/true'], [], $pipes)) ? null : null,
        'fork' => forked(),
        'kill' => must(fn() => posix_kill((int) $path, SIGUSR2)),
        'ptrace' => must(fn() => FFI::cdef('long ptrace(long r, int p, void *a, void *d);')->ptrace(0x4206, (int) $path, null, null) === 0),
        'connect' => must(fn() => stream_socket_client("unix://$path")) ? null : null,
        'tcp' => must(fn() => stream_socket_client("tcp://$path")) ? null : null,
        'resolve' => filter_var(gethostbyname($path), FILTER_VALIDATE_IP) ?: throw new RuntimeException('no address'),
        'temp' => temporary(),
        'stream' => must(fn() => stream_get_contents(fopen("file://$path", 'r'))),
        'lines' => must(fn() => implode(file($path))),
        'object' => (new SplFileObject($path))->fread(100),
        'include' => included($path),
        'copy' => must(fn() => copy($path, 'copied')) ? must(fn() => file_get_contents('copied')) : null,
        'native' => native($path),
    };
}

function must(callable $try): mixed
{
    error_clear_last();
    $result = @$try();
    return $result !== false && $result !== null ? $result : throw new RuntimeException(error_get_last()['message'] ?? 'refused');
}

function linked(string $path, callable $make): string
{
    @unlink('link');
    must(fn() => $make($path, 'link'));
    return must(fn() => file_get_contents('link'));
}

function forked(): void
{
    $pid = @pcntl_fork();
    if ($pid === 0) {
        posix_kill(getmypid(), SIGKILL);
    }
    if ($pid < 0) {
        throw new RuntimeException('no process');
    }
    pcntl_waitpid($pid, $status);
}

function temporary(): string
{
    $path = tempnam(sys_get_temp_dir(), 'x');
    file_put_contents($path, 'temporary');
    if (!str_starts_with($path, getenv('TMPDIR') . '/')) {
        throw new RuntimeException("$path is elsewhere");
    }
    return file_get_contents($path);
}

function included(string $path): string
{
    ob_start();
    must(fn() => include $path);
    return ob_get_clean();
}

/** The C library, without PHP in between. */
function native(string $path): string
{
    $libc = FFI::cdef('int open(const char *path, int flags, ...); long read(int fd, void *to, unsigned long size);');
    $fd = $libc->open($path, 0);
    $buffer = FFI::new('char[100]');
    $size = $libc->read($fd, $buffer, 100);
    return $size >= 0 ? FFI::string($buffer, $size) : throw new RuntimeException('refused');
}
