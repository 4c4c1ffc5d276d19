<?php

declare(strict_types=1);

namespace FastFN\Shim;

/** What ties a worker to its daemon: hears that it is to stop, or that its output was taken, and ends with the daemon. */
final class Tether
{
    /** No more calls are to be taken. */
    public bool $stopping = false;
    /** The daemon has, or is about to have, some of what was printed ({@see Child}). */
    public bool $relieved = false;

    private bool $keeps = false;

    public function __construct(private readonly Line $line)
    {
    }

    /** @return resource */
    public function stream()
    {
        return $this->line->stream;
    }

    /** Reads what the daemon said; to be called when there is something. */
    public function hear(): void
    {
        foreach ($this->receive() as $message) {
            $this->note($message);
        }
    }

    /** Whether the daemon is to keep what it finds of the output, for a call that wants it; else the log has it at once. */
    public function keep(bool $keeps): void
    {
        if ($keeps !== $this->keeps) {
            $this->keeps = $keeps;
            $this->line->send(Line::KEEP, $keeps);
        }
    }

    /** @return array{string, int, string, int} stdout, bytes dropped of it, stderr, bytes dropped of it */
    public function collect(): array
    {
        $this->line->send(Line::COLLECT);
        for (;;) {
            $answer = null;
            foreach ($this->receive() as $message) {
                if ($message[0] === Line::COLLECTED) {
                    $answer = \array_slice($message, 1);
                } else {
                    $this->note($message);
                }
            }
            if ($answer !== null) {
                $this->relieved = false;
                return $answer;
            }
        }
    }

    /** @return list<list<mixed>> */
    private function receive(): array
    {
        $messages = $this->line->receive();
        if ($messages === null) {
            // The daemon is dead: nobody may outlive it, without a word.
            \posix_kill(-\posix_getpgrp(), Signals::KILL);
            exit(1);
        }
        return $messages;
    }

    /** @param list<mixed> $message */
    private function note(array $message): void
    {
        if ($message[0] === Line::STOP) {
            $this->stopping = true;
        } elseif ($message[0] === Line::RELIEVED) {
            $this->relieved = true;
        }
    }
}
