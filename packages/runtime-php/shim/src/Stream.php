<?php

declare(strict_types=1);

namespace FastFN\Shim;

/** A body that comes in pieces. */
final class Stream
{
    private const FILE_PIECE = 65536;

    /** @param bool $typed the content type is settled; else it follows from the first piece */
    public function __construct(private ?\Iterator $source, public readonly bool $typed)
    {
    }

    /** The value as a stream; null when it is none. */
    public static function of(mixed $value, bool $typed): ?self
    {
        if (\is_resource($value)) {
            return \get_resource_type($value) === 'stream' ? new self(self::file($value), $typed) : null;
        }
        $isSource = $value instanceof \Generator
            || ($value instanceof \Iterator && !$value instanceof \Countable && !$value instanceof \JsonSerializable);
        return $isSource ? new self($value, $typed) : null;
    }

    /** Lets go of the source: the `finally` of a generator runs. */
    public function close(): void
    {
        $this->source = null;
    }

    /** Begins, and says whether there is a piece. */
    public function begin(): bool
    {
        if (!$this->source instanceof \Generator) {
            $this->source->rewind();
        }
        return $this->source->valid();
    }

    /** Goes on, and says whether there is another. */
    public function next(): bool
    {
        $this->source->next();
        return $this->source->valid();
    }

    /** @throws InvalidResponse no text */
    public function piece(): string
    {
        $piece = $this->source->current();
        if (\is_string($piece)) {
            return $piece;
        }
        if ($piece === null || \is_int($piece) || \is_float($piece) || $piece instanceof \Stringable) {
            return (string) $piece;
        }
        throw new InvalidResponse("The handler's stream gave " . Describe::value($piece) . '; a piece must be a string.');
    }

    /** @param resource $file */
    private static function file($file): \Generator
    {
        try {
            while (!\feof($file)) {
                yield (string) \fread($file, self::FILE_PIECE);
            }
        } finally {
            \fclose($file);
        }
    }
}
