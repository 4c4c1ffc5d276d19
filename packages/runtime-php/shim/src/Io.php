<?php

declare(strict_types=1);

namespace FastFN\Shim;

/**
 * Sockets and pipes without warnings. In a worker, PHP would hand those to the error handler of the user, who may throw:
 * nothing here lets that through.
 */
final class Io
{
    /** What `sun_path` holds; PHP itself cuts longer paths silently. */
    private const MAX_PATH = \PHP_OS_FAMILY === 'Darwin' ? 103 : 107;

    /**
     * A listening Unix socket with mode 0600.
     *
     * @return resource
     * @throws \RuntimeException it exists, the folder does not, the path is too long
     */
    public static function listen(string $path)
    {
        if (\strlen($path) > self::MAX_PATH) {
            $size = \strlen($path);
            throw new \RuntimeException("a socket's path may have " . self::MAX_PATH . " bytes, not $size");
        }
        $mask = \umask(0177);
        $context = \stream_context_create(['socket' => ['backlog' => 128]]);
        $flags = \STREAM_SERVER_BIND | \STREAM_SERVER_LISTEN;
        $listener = @\stream_socket_server("unix://$path", $code, $message, $flags, $context);
        \umask($mask);
        if ($listener === false) {
            throw new \RuntimeException(self::whyNot($path));
        }
        return $listener;
    }

    /** PHP itself does not tell. */
    private static function whyNot(string $path): string
    {
        $folder = \dirname($path);
        return match (true) {
            \file_exists($path) => 'it exists already',
            !\is_dir($folder) => "there is no folder $folder",
            !\is_writable($folder) => "the folder $folder cannot be written",
            default => 'PHP does not say why',
        };
    }

    /** @return resource|null null when nobody waits */
    public static function accept($listener)
    {
        try {
            return @\stream_socket_accept($listener, 0) ?: null;
        } catch (\Throwable) {
            return null;
        }
    }

    /**
     * Waits until something can be read, or written, or the time is over.
     *
     * @param array<resource> $reads reduced to those that can be read
     * @param array<resource> $writes reduced to those that can be written
     * @return bool false when a signal came
     */
    public static function select(array &$reads, array &$writes, ?float $seconds): bool
    {
        $none = null;
        $whole = $seconds === null ? null : (int) $seconds;
        $micro = $seconds === null ? null : (int) (($seconds - $whole) * 1e6);
        try {
            if (@\stream_select($reads, $writes, $none, $whole, $micro) !== false) {
                return true;
            }
        } catch (\Throwable) {
            // The user's error handler, told of the signal.
        }
        $reads = $writes = [];
        return false;
    }

    /** What a readable socket has; '' at its end. */
    public static function receive($socket): string
    {
        try {
            return (string) @\stream_socket_recvfrom($socket, 65536);
        } catch (\Throwable) {
            return '';
        }
    }

    /** What a pipe has, and does not wait for more; '' also at its end. */
    public static function read($pipe): string
    {
        try {
            return (string) @\fread($pipe, 65536);
        } catch (\Throwable) {
            return '';
        }
    }

    /** @return int bytes written; less than all when the other side is gone, or would make us wait and we do not */
    public static function write($stream, string $data): int
    {
        try {
            return (int) @\fwrite($stream, $data);
        } catch (\Throwable) {
            return 0;
        }
    }

    /** Ends our half of a connection. */
    public static function endWriting($socket): void
    {
        try {
            @\stream_socket_shutdown($socket, \STREAM_SHUT_WR);
        } catch (\Throwable) {
        }
    }

    /**
     * A pipe, by name: PHP makes no others, and a socket pair cannot be opened as `/dev/stderr`. It does not wait for a
     * writer, now or in reading.
     *
     * @param string $path free, in a private folder
     * @return resource the end to read from
     * @throws \RuntimeException
     */
    public static function pipe(string $path)
    {
        if (!\posix_mkfifo($path, 0600)) {
            throw new \RuntimeException("no pipe at $path: " . \posix_strerror(\posix_get_last_error()));
        }
        $read = @\fopen($path, 'rn');
        if ($read === false) {
            throw new \RuntimeException("the pipe $path cannot be opened");
        }
        \stream_set_read_buffer($read, 0);
        return $read;
    }
}
