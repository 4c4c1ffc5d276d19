<?php

declare(strict_types=1);

namespace FastFN\Shim;

/** One call, from INVOKE to its terminal frame. */
final class Call
{
    public readonly int $id;
    /** CHUNK bytes that may be sent now. */
    public int $credit = Messages::CREDIT_WINDOW;
    public bool $canceled = false;
    /** Its first frame was sent: what fails from now on breaks the body off. */
    public bool $headSent = false;
    /** Pieces of a body that is still coming; null: it is here. @var list<string>|null */
    private ?array $parts = null;

    /** @param list<mixed> $message INVOKE */
    public function __construct(public readonly Connection $connection, public array $message)
    {
        $this->id = $message[1];
        if ($message[14] & 1) {
            $this->parts = [$message[15]];
        }
    }

    public function isComplete(): bool
    {
        return $this->parts === null;
    }

    public function addInput(string $bytes, bool $last): void
    {
        $this->parts[] = $bytes;
        if ($last) {
            $this->message[15] = \implode($this->parts);
            $this->parts = null;
        }
    }

    /** The moment is over by which it had to begin: the gateway may have given it to another worker. */
    public function isLate(): bool
    {
        return $this->message[16] !== null && \microtime(true) * 1000 >= $this->message[16];
    }

    /** Nobody wants its answer any more. */
    public function isLost(): bool
    {
        return $this->canceled || $this->connection->closed;
    }
}
