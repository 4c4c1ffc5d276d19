<?php

declare(strict_types=1);

namespace FastFN\Shim;

/** A gateway's connection as a worker sees it: writing waits, and fails silently when it is gone. */
final class Connection
{
    public readonly FrameReader $reader;
    public bool $greeted = false;
    public bool $closed = false;
    /** Monotonic seconds until which HELLO must have come. */
    public readonly float $deadline;
    /** @var array<int, Call> calls that have not ended, by id */
    public array $calls = [];

    /** @param resource $stream */
    public function __construct(public readonly mixed $stream, int $limit)
    {
        \stream_set_blocking($stream, true);
        $this->reader = new FrameReader($limit);
        $this->deadline = Clock::now() + Messages::HANDSHAKE_S;
    }

    public function send(string $frames): void
    {
        if (!$this->closed && Io::write($this->stream, $frames) !== \strlen($frames)) {
            $this->closed = true;
        }
    }

    /** Ends our half and reads the other side's rest: closing at once could destroy what we sent last. */
    public function closeGently(): void
    {
        Io::endWriting($this->stream);
        $until = Clock::now() + 1;
        do {
            $reads = [$this->stream];
            $writes = [];
            Io::select($reads, $writes, \max(0, $until - Clock::now()));
        } while ($reads !== [] && Io::receive($this->stream) !== '' && Clock::now() < $until);
        $this->close();
    }

    public function close(): void
    {
        $this->closed = true;
        if (\is_resource($this->stream)) {
            \fclose($this->stream);
        }
    }
}
