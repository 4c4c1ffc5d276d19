<?php

declare(strict_types=1);

namespace FastFN\Shim;

/** Signals by number and name, also without pcntl, which has the constants. */
final class Signals
{
    public const KILL = 9;
    public const TERM = 15;

    private const USUAL = [
        1 => 'SIGHUP', 2 => 'SIGINT', 3 => 'SIGQUIT', 4 => 'SIGILL', 5 => 'SIGTRAP', 6 => 'SIGABRT', 8 => 'SIGFPE',
        9 => 'SIGKILL', 11 => 'SIGSEGV', 13 => 'SIGPIPE', 14 => 'SIGALRM', 15 => 'SIGTERM',
    ];

    public static function name(int $number): string
    {
        foreach (\get_defined_constants(true)['pcntl'] ?? [] as $name => $value) {
            if ($value === $number && \preg_match('/^SIG[A-Z0-9]+$/', $name) === 1) {
                return $name;
            }
        }
        return self::USUAL[$number] ?? "SIG$number";
    }
}
