<?php

declare(strict_types=1);

namespace FastFN\Shim;

/**
 * The private line between a daemon and one of its workers: messages as on the sockets, of types of its own. For the worker
 * its end of file means that the daemon is dead.
 */
final class Line
{
    /** To the worker of a daemon that cannot fork: what to run (a START's spec). */
    public const SPEC = 0;
    /** From that worker: its socket accepts; or [code, message], it cannot be made. */
    public const LISTENING = 1;
    /** To the worker: take no more calls, end when you have none. */
    public const STOP = 2;
    /** To the worker: from now on the daemon empties your pipes. Ask for what it found. */
    public const RELIEVED = 3;
    /** From the worker: it asks, and reads for itself again. */
    public const COLLECT = 4;
    /** To the worker: [stdout, bytes dropped of it, stderr, bytes dropped of it]. */
    public const COLLECTED = 5;
    /** From the worker: [bool], whether what the daemon finds from now on is to be kept for it, or may go to the log. */
    public const KEEP = 6;

    private readonly FrameReader $reader;

    /** @param resource $stream */
    public function __construct(public readonly mixed $stream)
    {
        \stream_set_read_buffer($stream, 0);
        $this->reader = new FrameReader(FrameReader::DEFAULT_LIMIT);
    }

    public function send(mixed ...$message): void
    {
        Io::write($this->stream, Messages::frame(...$message));
    }

    /**
     * The messages that are there, waiting for the first; null at the end of file.
     *
     * @return list<list<mixed>>|null
     */
    public function receive(): ?array
    {
        do {
            $data = Io::read($this->stream);
            if ($data === '') {
                return null;
            }
            $messages = [];
            foreach ($this->reader->feed($data) as $payload) {
                $messages[] = Msgpack::message($payload);
            }
        } while ($messages === []);
        return $messages;
    }
}
