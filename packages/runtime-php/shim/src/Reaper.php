<?php

declare(strict_types=1);

namespace FastFN\Shim;

/**
 * Ends the workers when the daemon is killed. A worker notices by itself, through its line, unless its handler is in an
 * endless loop; PHP can neither watch from another thread nor ask the kernel for a signal at its parent's death. So one
 * shell per daemon, half a megabyte, watches for all of them.
 */
final class Reaper
{
    /**
     * Reads `+ <pid>` and `- <pid>`; at end of file, which comes when the daemon dies in whatever way, kills the process
     * group of every pid still listed.
     */
    private const SCRIPT = <<<'SH'
        pids=' '
        while read -r op pid; do
          case $op in
            +) pids="$pids$pid " ;;
            -) case $pids in *" $pid "*) pids="${pids%% $pid *} ${pids#* $pid }" ;; esac ;;
          esac
        done
        for pid in $pids; do kill -9 "-$pid" 2>/dev/null; done
        SH;

    /** In a session of its own where the tool is there: a signal for the daemon's process group must not take it along. */
    private const LAUNCH = 'command -v setsid >/dev/null 2>&1 && exec setsid /bin/sh -c "$1" fastfn-reaper; eval "$1"';

    /** Only held: PHP waits for a process that nobody holds. @var resource|null */
    private $process = null;
    /** @var resource|null */
    private $pipe = null;
    /** @var array<int, true> */
    private array $pids = [];

    public function __construct()
    {
        $this->start();
    }

    /** From now on the process group of `$pid` does not outlive this process. */
    public function add(int $pid): void
    {
        $this->pids[$pid] = true;
        $this->tell("+ $pid\n");
    }

    public function remove(int $pid): void
    {
        unset($this->pids[$pid]);
        $this->tell("- $pid\n");
    }

    /** In a forked worker: lets go of it, so that the daemon's death is the pipe's end. */
    public function abandon(): void
    {
        if ($this->pipe !== null) {
            \fclose($this->pipe);
            $this->pipe = null;
        }
    }

    private function tell(string $line): void
    {
        if ($this->pipe !== null && Io::write($this->pipe, $line) === \strlen($line)) {
            return;
        }
        // Somebody killed it. The new one gets the whole list.
        $this->start();
    }

    private function start(): void
    {
        $null = ['file', '/dev/null', 'w'];
        $command = ['/bin/sh', '-c', self::LAUNCH, 'fastfn-reaper', self::SCRIPT];
        $process = @\proc_open($command, [['pipe', 'r'], $null, $null], $pipes, '/', []);
        if ($process === false) {
            \error_log('fastfn: no reaper; workers in an endless loop may outlive this daemon');
            return;
        }
        $this->process = $process;
        $this->pipe = $pipes[0];
        foreach ($this->pids as $pid => $_) {
            Io::write($this->pipe, "+ $pid\n");
        }
    }
}
