<?php

declare(strict_types=1);

namespace FastFN\Shim;

/** From a START message to a process: forked where PHP can, else a new PHP. */
final class Spawner
{
    /** What the daemon was given on its command line, and hands on. */
    private const SETTINGS = [
        'display_errors', 'log_errors', 'error_log', 'html_errors', 'output_buffering', 'auto_prepend_file',
        'auto_append_file',
    ];

    public readonly bool $forks;
    /** What workers can have. */
    public readonly SandboxReport $sandbox;

    /** @param string $shim absolute path of the program, for processes that are not forked */
    public function __construct(private readonly string $shim)
    {
        // With the constant there is no way to give a forked process a stderr of its own: PHP cannot dup2, and leaves
        // these undefined only when it reads the program from its stdin.
        $this->forks = \function_exists('pcntl_fork') && !\defined('STDERR');
        $this->sandbox = Sandbox::expected();
    }

    /**
     * Makes the worker's process; one that was not forked has yet to say that it listens.
     *
     * @param array<string, mixed> $map the spec as it came
     * @throws StartError
     * @throws Forked in the new process
     */
    public function spawn(string $name, array $map, Control $control): Child
    {
        $spec = Spec::from($map);
        $pair = @\stream_socket_pair(\STREAM_PF_UNIX, \STREAM_SOCK_STREAM, 0);
        if ($pair === false) {
            throw new StartError('fork_failed', 'No socket pair can be made; are too many files open?');
        }
        // Kept as long as the worker: `/dev/stderr` leads PHP to the name of the pipe.
        $paths = [];
        foreach ([1, 2] as $stream) {
            $paths[$stream] = $spec->socket . '.' . \bin2hex(\random_bytes(4));
        }
        $listener = null;
        try {
            if ($this->forks && ($spec->sandbox === null || $this->sandbox->level === SandboxReport::KERNEL)) {
                $listener = Io::listen($spec->socket);
            }
            $outputs = \array_map(Io::pipe(...), $paths);
        } catch (\RuntimeException $error) {
            if ($listener !== null) {
                @\unlink($spec->socket);
            }
            \array_map(static fn($path) => @\unlink($path), $paths);
            $text = "The worker's socket $spec->socket cannot be made: {$error->getMessage()}.";
            throw new StartError('socket_failed', $text);
        }
        $child = new Child($name, [$spec->socket, ...\array_values($paths)], new Line($pair[0]), $outputs, $control);
        if ($listener === null) {
            $this->open($child, $map, $paths, $pair[1]);
        } else {
            $this->fork($child, new Seat($spec, $listener, new Line($pair[1]), $outputs), $paths);
        }
        return $child;
    }

    /** @param array{1: string, 2: string} $paths of the pipes */
    private function fork(Child $child, Seat $seat, array $paths): void
    {
        // A signal for the young worker must not run the daemon's handlers in it.
        $handled = [\SIGTERM, \SIGINT, \SIGCHLD];
        \pcntl_sigprocmask(\SIG_BLOCK, $handled);
        $pid = @\pcntl_fork();
        if ($pid === 0) {
            \posix_setpgid(0, 0);
            \fclose($child->line->stream);
            foreach ([1 => 'STDOUT', 2 => 'STDERR'] as $stream => $name) {
                // Whoever opens it first is given the descriptor itself, and so can close it. The next file that is
                // opened takes its number.
                \fclose(\fopen('php://' . \strtolower($name), 'w'));
                \define($name, \fopen($paths[$stream], 'w'));
            }
            \define('STDIN', \fopen('/dev/null', 'r'));
            throw new Forked($seat);
        }
        if ($pid > 0) {
            // Done by both sides: nobody may see it without.
            @\posix_setpgid($pid, $pid);
        }
        \pcntl_sigprocmask(\SIG_UNBLOCK, $handled);
        if ($pid < 0) {
            @\unlink($seat->spec->socket);
            \array_map('unlink', $paths);
            $reason = \pcntl_strerror(\pcntl_get_last_error());
            throw new StartError('fork_failed', "The process cannot be made: $reason.");
        }
        $child->pid = $pid;
        $child->started = true;
    }

    /**
     * @param array<string, mixed> $map
     * @param array{1: string, 2: string} $paths
     * @param resource $line
     */
    private function open(Child $child, array $map, array $paths, $line): void
    {
        $files = [
            ['file', '/dev/null', 'r'],
            ['file', $paths[1], 'w'],
            ['file', $paths[2], 'w'],
            $line,
            ['file', $paths[1], 'r'],
            ['file', $paths[2], 'r'],
        ];
        $settings = [];
        foreach (self::SETTINGS as $name) {
            \array_push($settings, '-d', "$name=" . \ini_get($name));
        }
        if (isset($map['sandbox']) && $this->sandbox->level !== SandboxReport::KERNEL) {
            $refused = \implode(',', \array_filter([\ini_get('disable_functions'), ...Sandbox::STARTS_PROGRAMS]));
            \array_push($settings, '-d', "disable_functions=$refused", '-d', 'ffi.enable=0', '-d', 'enable_dl=0');
        }
        $process = @\proc_open([\PHP_BINARY, ...$settings, $this->shim, '--worker'], $files, $pipes);
        if ($process === false) {
            \array_map('unlink', $paths);
            throw new StartError('fork_failed', 'The process cannot be made: ' . \PHP_BINARY . ' does not start.');
        }
        $child->process = $process;
        $child->pid = \proc_get_status($process)['pid'];
        $child->line->send(Line::SPEC, self::asMaps($map));
    }

    /**
     * A spec ready to be written again: maps that came empty are maps.
     *
     * @param array<string, mixed> $map
     */
    private static function asMaps(array $map): object
    {
        foreach (['env', 'process_env', 'secrets', 'context'] as $key) {
            $map[$key] = (object) ($map[$key] ?? []);
        }
        return (object) $map;
    }
}
