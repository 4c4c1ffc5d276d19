<?php

declare(strict_types=1);

namespace FastFN\Shim;

/** An answer: status, flat headers, and a body of bytes or a stream. */
final class Reply
{
    /** @param list<string> $headers names and values */
    public function __construct(
        public readonly int $status,
        public readonly array $headers,
        public readonly string|Stream $body,
    ) {
    }
}
