<?php

declare(strict_types=1);

namespace FastFN\Shim;

/** Carries out what START says of a function's reach (PROTOCOL.md §6). */
final class Sandbox
{
    /** What starts programs; out of reach in a process of its own when the kernel cannot see to it. */
    public const STARTS_PROGRAMS = [
        'exec', 'shell_exec', 'system', 'passthru', 'popen', 'proc_open', 'pcntl_fork', 'pcntl_rfork', 'pcntl_exec',
        'pcntl_unshare', 'mail', 'dl',
    ];

    /** @var list<string> */
    private readonly array $hide;

    /** @param array<string, mixed> $plan `sandbox` of START */
    public function __construct(private readonly array $plan)
    {
        $this->hide = $plan['hide'] ?? [];
    }

    /** What {@see apply} will be able to do. */
    public static function expected(): SandboxReport
    {
        $kernel = Kernel::get();
        if ($kernel === null || $kernel->abi() === 0 || !$kernel->hasSeccomp()) {
            $why = $kernel === null
                ? \ucfirst(Kernel::whyNot()) . '.'
                : 'This kernel has no Landlock (Linux 5.13 and newer have it, unless it is switched off) or no seccomp.';
            return new SandboxReport(SandboxReport::RUNTIME, $kernel?->abi() ?? 0, false, [$why, ...self::weakness()]);
        }
        $report = new SandboxReport(SandboxReport::KERNEL, $kernel->abi(), self::canHide($kernel));
        if (!$report->hides) {
            $report->missing[] = 'fn.config.json and fn.env.json of a function stay readable for it: it may not have mounts of its own here.';
        }
        return $report;
    }

    /** Tried in a process made for it. */
    private static function canHide(Kernel $kernel): bool
    {
        $pid = \function_exists('pcntl_fork') ? @\pcntl_fork() : -1;
        if ($pid === 0) {
            try {
                $kernel->ownMounts();
                \posix_kill(\getmypid(), Signals::KILL);
            } catch (\RuntimeException) {
                // Told by the other signal.
            }
            // Not by exit, which would run what the daemon has registered.
            \posix_kill(\getmypid(), Signals::TERM);
            \sleep(1);
        }
        if ($pid < 0) {
            return false;
        }
        while (\pcntl_waitpid($pid, $status) === -1 && \pcntl_get_last_error() === \PCNTL_EINTR) {
            \pcntl_signal_dispatch();
        }
        return \pcntl_wifsignaled($status) && \pcntl_wtermsig($status) === Signals::KILL;
    }

    /** @return list<string> what level `runtime` does not do */
    private static function weakness(): array
    {
        return [
            'PHP itself refuses files elsewhere (open_basedir) and programs (disable_functions); extensions that open files by '
                . 'other means, Unix sockets and signals are not refused, nor are fn.config.json and fn.env.json of the function.',
        ];
    }

    /**
     * Restricts this process, for ever.
     *
     * @param list<string> $outputs files behind stdout and stderr, which may be opened by name
     */
    public function apply(array $outputs): SandboxReport
    {
        $kernel = Kernel::get();
        $report = new SandboxReport(SandboxReport::KERNEL, $kernel?->abi() ?? 0);
        if ($kernel === null) {
            $report->missing[] = \ucfirst(Kernel::whyNot()) . '.';
        } elseif ($this->applyKernel($kernel, $report, $outputs)) {
            return $report;
        }
        $report->level = SandboxReport::RUNTIME;
        \array_push($report->missing, ...self::weakness());
        $this->applyRuntime($outputs);
        return $report;
    }

    /** @param list<string> $outputs */
    private function applyKernel(Kernel $kernel, SandboxReport $report, array $outputs): bool
    {
        $report->hides = $this->hide === []
            || $report->did('Files cannot be hidden', fn() => $kernel->hide($this->hide, $this->plan['empty'] ?? ''));
        [$read, $list, $write] = $this->paths($report->hides);
        $report->did('Capabilities cannot be dropped', $kernel->dropCapabilities(...));
        return $report->did('Privileges cannot be given up', $kernel->giveUpPrivileges(...))
            && $report->did(
                'Files are not protected (Landlock)',
                fn() => $kernel->restrictFiles($read, $list, [...$write, ...$outputs]),
            )
            && $report->did('System calls are not filtered (seccomp)', fn() => $kernel->filterCalls($this->plan['filter'] ?? []));
    }

    /** @param list<string> $outputs */
    private function applyRuntime(array $outputs): void
    {
        [$read, , $write] = $this->paths(false);
        $reachable = [];
        foreach ([...$read, ...$write, ...$outputs] as $path) {
            // Without the slash PHP would take it for the beginning of a name.
            $reachable[] = \is_dir($path) ? \rtrim($path, '/') . '/' : $path;
        }
        \ini_set('open_basedir', \implode(\PATH_SEPARATOR, $reachable));
    }

    /** @return array{list<string>, list<string>, list<string>} */
    private function paths(bool $hides): array
    {
        $from = $hides ? $this->plan : ($this->plan['unhidden'] ?? $this->plan);
        return [[...($from['read'] ?? []), __DIR__], $from['list'] ?? [], $from['write'] ?? []];
    }
}
