<?php

declare(strict_types=1);

namespace FastFN\Shim;

/** One connection of a gateway to the daemon. Writing never waits. */
final class Control
{
    /** Bytes it may owe its gateway before it is cut: that has stopped reading. */
    private const MAX_BACKLOG = 8388608;
    /** How long the other side's end of file is awaited. */
    private const GRACE_S = 1.0;

    public readonly FrameReader $reader;
    public bool $greeted = false;
    /** We have ended our half. */
    public bool $closing = false;
    public bool $gone = false;
    /** Monotonic seconds at which waiting for HELLO, or for the other side's end, is over. */
    public float $deadline;
    private string $backlog = '';

    /** @param resource $stream */
    public function __construct(public readonly mixed $stream, int $limit)
    {
        \stream_set_blocking($stream, false);
        $this->reader = new FrameReader($limit);
        $this->deadline = Clock::now() + Messages::HANDSHAKE_S;
    }

    public function send(mixed ...$message): void
    {
        $this->backlog .= Messages::frame(...$message);
        if (\strlen($this->backlog) > self::MAX_BACKLOG) {
            $this->gone = true;
        } else {
            $this->flush();
        }
    }

    public function wantsToWrite(): bool
    {
        return $this->backlog !== '' && !$this->gone;
    }

    public function flush(): void
    {
        if ($this->backlog !== '') {
            $written = @\fwrite($this->stream, $this->backlog);
            if ($written === false) {
                $this->gone = true;
                return;
            }
            $this->backlog = \substr($this->backlog, $written);
        }
        if ($this->closing && $this->backlog === '') {
            Io::endWriting($this->stream);
        }
    }

    /** Sends what is left and ends our half; the other side's end, or a second, closes the connection. */
    public function finish(): void
    {
        $this->closing = true;
        $this->deadline = Clock::now() + self::GRACE_S;
        $this->flush();
    }
}
