<?php

declare(strict_types=1);

namespace FastFN\Shim;

/** A fork server that starts, stops and reaps workers (PROTOCOL.md §3). Loads no user code, never waits for a worker. */
final class Daemon
{
    private const GRACE_S = 1.0;
    /** Each takes three of the 1024 descriptors that PHP can wait for. */
    private const MAX_WORKERS = 300;
    /** A signal that comes just before the wait begins does not end it: noticed this much later at worst. */
    private const MAX_WAIT_S = 1.0;

    /** @var resource */
    private $listener;
    private readonly Reaper $reaper;
    /** @var array<int, Control> by stream */
    private array $controls = [];
    /** @var array<string, Child> by name */
    private array $children = [];
    private bool $stopping = false;
    private bool $stopWanted = false;

    /** @param resource|null $lifeline ended when the gateway dies */
    public function __construct(
        private readonly string $path,
        private $lifeline,
        private readonly Spawner $spawner,
        private readonly int $limit,
    ) {
    }

    /**
     * Serves until told to end.
     *
     * @throws \RuntimeException the socket cannot be made
     * @throws Forked in a worker
     */
    public function run(): void
    {
        $this->listener = Io::listen($this->path);
        $this->reaper = new Reaper();
        if (\function_exists('pcntl_signal')) {
            \pcntl_async_signals(true);
            // Only to end the wait; the reaping is done by the loop.
            \pcntl_signal(\SIGCHLD, static function (): void {});
            foreach ([\SIGTERM, \SIGINT] as $number) {
                \pcntl_signal($number, function (): void {
                    $this->stopWanted = true;
                });
            }
        }
        // Not by echo, which PHP takes for the beginning of an answer: no worker could set headers any more.
        \fwrite(\fopen('php://fd/1', 'w'), "ready\n");
        while (!$this->stopping || $this->children !== []) {
            $this->turn();
        }
        foreach ($this->controls as $control) {
            $this->drop($control);
        }
        self::remove($this->path);
    }

    /** In a forked worker: lets go of everything that is the daemon's. */
    public function abandon(): void
    {
        $this->reaper->abandon();
        $streams = [$this->listener, $this->lifeline];
        foreach ($this->controls as $control) {
            $streams[] = $control->stream;
        }
        foreach ($this->children as $child) {
            \array_push($streams, $child->line->stream, ...$child->outputs);
        }
        \array_map('fclose', \array_filter($streams));
    }

    private function turn(): void
    {
        /** @var array<int, \Closure> what to do by stream */
        $actions = [];
        $reads = [$this->listener];
        $actions[(int) $this->listener] = $this->accept(...);
        if ($this->lifeline !== null) {
            $reads[] = $this->lifeline;
            $actions[(int) $this->lifeline] = $this->readLifeline(...);
        }
        $writes = [];
        foreach ($this->controls as $id => $control) {
            $reads[] = $control->stream;
            $actions[$id] = fn() => $this->read($control);
            if ($control->wantsToWrite()) {
                $writes[] = $control->stream;
            }
        }
        foreach ($this->children as $child) {
            foreach ($child->streams() as $stream) {
                $reads[] = $stream;
                $actions[(int) $stream] = $stream === $child->line->stream
                    ? fn() => $this->readLine($child)
                    : $child->outputCame(...);
            }
        }
        Io::select($reads, $writes, $this->wait());
        foreach ($writes as $stream) {
            ($this->controls[(int) $stream] ?? null)?->flush();
        }
        foreach ($reads as $stream) {
            $actions[(int) $stream]();
        }
        $this->reap();
        $this->tick();
    }

    // --- connections

    private function accept(): void
    {
        $stream = Io::accept($this->listener);
        if ($stream !== null && !$this->stopping) {
            $this->controls[(int) $stream] = new Control($stream, $this->limit);
        }
    }

    private function readLifeline(): void
    {
        if (Io::read($this->lifeline) === '') {
            $this->lifeline = null;
            $this->stopAll(0);
        }
    }

    private function read(Control $control): void
    {
        $data = Io::receive($control->stream);
        if ($control->closing) {
            $control->gone = $control->gone || $data === '';
            return;
        }
        try {
            if ($data === '') {
                $control->gone = true;
                $control->reader->checkEnd();
                return;
            }
            foreach ($control->reader->feed($data) as $payload) {
                $this->receive($control, Messages::read($payload, Messages::TO_DAEMON));
                if ($control->closing) {
                    return;
                }
            }
        } catch (Fault $fault) {
            $this->fault($control, $fault);
        }
    }

    /** @param list<mixed> $message */
    private function receive(Control $control, array $message): void
    {
        $type = $message[0];
        if ($type === Messages::FAULT) {
            $control->finish();
        } elseif (!$control->greeted) {
            Messages::checkGreeting($message);
            $control->greeted = true;
            $info = [
                'role' => 'daemon',
                'runtime' => 'php',
                'pid' => \getmypid(),
                'tool' => 'PHP ' . \PHP_VERSION,
                'sandbox' => $this->spawner->sandbox->toArray(),
            ];
            $control->send(Messages::HELLO, Messages::VERSION, $info);
        } elseif ($type === Messages::PING) {
            $control->send(Messages::PONG, $message[1]);
        } elseif ($type === Messages::START) {
            $this->start($control, $message[1], $message[2]);
        } elseif ($type === Messages::STOP) {
            $child = $this->children[$message[1]] ?? null;
            if ($child !== null && $child->control === $control) {
                $this->stop($child, $message[2] / 1000);
            }
        } elseif ($type === Messages::HELLO) {
            throw new Fault('unexpected_message', 'HELLO came twice.');
        }
    }

    private function fault(Control $control, Fault $fault): void
    {
        $control->gone = false;
        $control->send(Messages::FAULT, $fault->fault, $fault->getMessage());
        $control->finish();
    }

    /** The connection is gone, and with it the right of its workers to live. */
    private function drop(Control $control): void
    {
        unset($this->controls[(int) $control->stream]);
        \fclose($control->stream);
        foreach ($this->children as $child) {
            if ($child->control === $control) {
                $child->control = null;
                $this->stop($child, self::GRACE_S);
            }
        }
    }

    // --- workers

    /** @param array<string, mixed> $spec */
    private function start(Control $control, string $name, array $spec): void
    {
        try {
            if (isset($this->children[$name])) {
                throw new StartError('duplicate_worker', "A worker called $name runs already.");
            }
            if ($this->stopping) {
                throw new StartError('shutting_down', 'The daemon is stopping.');
            }
            if (\count($this->children) >= self::MAX_WORKERS) {
                $text = 'This daemon has ' . self::MAX_WORKERS . ' workers; raise `runtime-daemons` for more.';
                throw new StartError('too_many_workers', $text);
            }
            $child = $this->spawner->spawn($name, $spec, $control);
        } catch (StartError $error) {
            $control->send(Messages::START_FAILED, $name, $error->reason, $error->getMessage());
            return;
        }
        $this->children[$name] = $child;
        $this->reaper->add($child->pid);
        if ($child->started) {
            $control->send(Messages::STARTED, $name, $child->pid);
        }
    }

    private function readLine(Child $child): void
    {
        // Null: it is dead, or has closed everything; the reaping follows.
        foreach ($child->line->receive() ?? [] as $message) {
            if ($message[0] === Line::COLLECT) {
                $child->collect();
            } elseif ($message[0] === Line::KEEP) {
                $child->keep($message[1]);
            } elseif ($message[0] === Line::LISTENING && isset($message[1])) {
                $child->control?->send(Messages::START_FAILED, $child->name, $message[1], $message[2]);
                $child->control = null;
            } elseif ($message[0] === Line::LISTENING) {
                $child->started = true;
                $child->control?->send(Messages::STARTED, $child->name, $child->pid);
            }
        }
    }

    /** SIGTERM now and SIGKILL after the grace; a second request can only shorten it. */
    private function stop(Child $child, float $graceS): void
    {
        $killAt = Clock::now() + $graceS;
        if ($graceS <= 0) {
            $child->signal(Signals::KILL);
        } elseif ($child->killAt === null) {
            // Without pcntl a worker cannot catch the signal: it is told by its line alone.
            if ($this->spawner->forks) {
                $child->signal(Signals::TERM);
            }
            $child->line->send(Line::STOP);
        }
        $child->killAt = \min($child->killAt ?? $killAt, $killAt);
    }

    private function stopAll(float $graceS): void
    {
        $this->stopping = true;
        foreach ($this->children as $child) {
            $this->stop($child, $graceS);
        }
    }

    private function reap(): void
    {
        foreach ($this->children as $child) {
            if ($child->process !== null) {
                $status = \proc_get_status($child->process);
                if (!$status['running']) {
                    $this->ended($child, $status['exitcode'], $status['signaled'] ? $status['termsig'] : null);
                }
            } elseif (\pcntl_waitpid($child->pid, $status, \WNOHANG) === $child->pid) {
                $signal = \pcntl_wifsignaled($status) ? \pcntl_wtermsig($status) : null;
                $this->ended($child, \pcntl_wexitstatus($status), $signal);
            }
        }
    }

    private function ended(Child $child, int $code, ?int $signal): void
    {
        unset($this->children[$child->name]);
        // What it started goes along.
        $child->signal(Signals::KILL);
        $this->reaper->remove($child->pid);
        \array_map(self::remove(...), $child->files);
        $control = $child->control;
        if ($control === null) {
            return;
        }
        if (!$child->started) {
            $text = 'The process ended before it listened: ' . \implode(\array_merge(...$child->lastWords()));
            $control->send(Messages::START_FAILED, $child->name, 'fork_failed', $text);
            return;
        }
        foreach ($child->lastWords() as $stream => $texts) {
            foreach ($texts as $text) {
                $control->send(Messages::LOG, $child->name, $stream, $text);
            }
        }
        $name = $signal === null ? null : Signals::name($signal);
        $control->send(Messages::EXITED, $child->name, $signal === null ? $code : null, $name);
    }

    // --- time

    private function wait(): float
    {
        $due = Clock::now() + self::MAX_WAIT_S;
        foreach ($this->children as $child) {
            $due = \min($due, $child->killAt ?? $due, $child->due() ?? $due);
        }
        foreach ($this->controls as $control) {
            if ($control->closing || !$control->greeted) {
                $due = \min($due, $control->deadline);
            }
        }
        return \max(0, $due - Clock::now());
    }

    private function tick(): void
    {
        if ($this->stopWanted && !$this->stopping) {
            $this->stopAll(self::GRACE_S);
        }
        $now = Clock::now();
        foreach ($this->children as $child) {
            if ($child->killAt !== null && $child->killAt <= $now) {
                $child->signal(Signals::KILL);
                // Dead for certain; the reaping follows.
                $child->killAt = $now + 3600;
            }
            if (($child->due() ?? \INF) <= $now) {
                $child->look();
            }
        }
        foreach ($this->controls as $control) {
            if (!$control->gone && $control->deadline <= $now) {
                if ($control->closing) {
                    $control->gone = true;
                } elseif (!$control->greeted) {
                    $text = 'No HELLO came within ' . Messages::HANDSHAKE_S . ' s.';
                    $this->fault($control, new Fault('handshake_timeout', $text));
                }
            }
            if ($control->gone) {
                $this->drop($control);
            }
        }
    }

    private static function remove(string $path): void
    {
        if (!@\unlink($path) && \file_exists($path)) {
            \error_log("Cannot remove $path.");
        }
    }
}
