<?php

declare(strict_types=1);

namespace FastFN\Shim;

/**
 * A worker as its daemon sees it, from start to reaping.
 *
 * The worker empties its own pipes (file descriptors 1 and 2) when a call ends. A handler that prints more than a pipe
 * holds would wait for ever, and who watches the log of a long call wants to see it: what lies in a pipe for a while, the
 * daemon takes out. Its lines go to the log at once, up to a bound, or are kept for a worker whose call wants its output.
 */
final class Child
{
    /** How long something printed may lie in a pipe before the daemon looks after it. */
    private const PATIENCE_S = 0.2;

    public int $pid = 0;
    /** STARTED was sent. */
    public bool $started = false;
    /** The connection that owns it; null when that is gone. */
    public ?Control $control;
    /** Monotonic seconds of the SIGKILL; null: nobody asked it to stop. */
    public ?float $killAt = null;
    /** The process of a worker that was not forked. @var resource|null */
    public $process = null;

    /** When the pipes are looked at again; null: at once when something comes. */
    private ?float $lookAt = null;
    /** What is found in the pipes is kept until the worker asks for it. */
    private bool $keeps = false;
    /** Bytes that went to the log since the worker last asked. @var array{1: int, 2: int} */
    private array $told = [1 => 0, 2 => 0];
    /** The daemon empties the pipes now. */
    private bool $relieving = false;
    /** @var array{1: string, 2: string} */
    private array $kept = [1 => '', 2 => ''];
    /** @var array{1: int, 2: int} */
    private array $dropped = [1 => 0, 2 => 0];

    /**
     * @param list<string> $files to be removed when it is gone: its socket, its pipes
     * @param array{1: resource, 2: resource} $outputs read ends of its stdout and stderr
     */
    public function __construct(
        public readonly string $name,
        public readonly array $files,
        public readonly Line $line,
        public readonly array $outputs,
        Control $control,
    ) {
        $this->control = $control;
    }

    /** @return list<resource> what to wait for on its behalf */
    public function streams(): array
    {
        return $this->lookAt === null ? [$this->line->stream, ...$this->outputs] : [$this->line->stream];
    }

    /** When {@see look} is due. */
    public function due(): ?float
    {
        return $this->lookAt;
    }

    /** Something can be read from a pipe. */
    public function outputCame(): void
    {
        if ($this->relieving) {
            $this->relieve();
            $this->tell();
        } else {
            $this->lookAt = Clock::now() + self::PATIENCE_S;
        }
    }

    /** Takes over when the worker has not emptied its pipes by itself. */
    public function look(): void
    {
        $this->lookAt = null;
        $reads = $this->outputs;
        $writes = [];
        if (!Io::select($reads, $writes, 0) || $reads === []) {
            return;
        }
        // Said before the first byte is taken: a worker that finds its pipes empty and no word of this has them all.
        $this->line->send(Line::RELIEVED);
        $this->relieving = true;
        $this->relieve();
        $this->tell();
    }

    public function keep(bool $keeps): void
    {
        $this->keeps = $keeps;
    }

    /** The worker asks for what was taken and is in no log yet. */
    public function collect(): void
    {
        $this->relieve();
        [$out, $err] = [new Bin($this->kept[1]), new Bin($this->kept[2])];
        $this->line->send(Line::COLLECTED, $out, $this->dropped[1], $err, $this->dropped[2]);
        $this->relieving = false;
        $this->forget();
    }

    /**
     * What it left behind, by stream; to be asked when it is dead.
     *
     * @return array<int, list<string>>
     */
    public function lastWords(): array
    {
        $this->relieve();
        $words = [];
        foreach ($this->kept as $stream => $bytes) {
            $words[$stream] = OutputText::split($bytes, $this->dropped[$stream]);
        }
        $this->forget();
        return $words;
    }

    private function relieve(): void
    {
        foreach ($this->outputs as $stream => $pipe) {
            // A child process may write for ever: no more than a few pipes full at once.
            for ($turn = 0; $turn < 4; $turn++) {
                $bytes = Io::read($pipe);
                if ($bytes === '') {
                    break;
                }
                if ($this->dropped[$stream] > 0) {
                    $this->dropped[$stream] += \strlen($bytes);
                    continue;
                }
                $this->kept[$stream] .= $bytes;
                $room = OutputText::MAX_KEPT - $this->told[$stream];
                if (\strlen($this->kept[$stream]) > $room) {
                    $this->dropped[$stream] += OutputText::keep($this->kept[$stream], $room);
                }
            }
        }
    }

    /** Gives whole lines to the log. */
    private function tell(): void
    {
        foreach ($this->kept as $stream => $bytes) {
            $end = \strrpos($bytes, "\n");
            if ($end === false || $this->keeps || $this->control === null) {
                continue;
            }
            $this->kept[$stream] = \substr($bytes, $end + 1);
            $this->told[$stream] += $end + 1;
            foreach (OutputText::split(\substr($bytes, 0, $end + 1)) as $text) {
                $this->control->send(Messages::LOG, $this->name, $stream, $text);
            }
        }
    }

    private function forget(): void
    {
        $this->kept = [1 => '', 2 => ''];
        $this->told = $this->dropped = [1 => 0, 2 => 0];
    }

    /** SIGTERM or SIGKILL for it and all it started. */
    public function signal(int $number): void
    {
        if ($this->pid > 0) {
            \posix_kill(-$this->pid, $number);
        }
    }
}
