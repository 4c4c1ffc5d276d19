<?php

declare(strict_types=1);

namespace FastFN\Shim;

/** A frame that breaks PROTOCOL.md. Ends the connection. */
final class Fault extends \Exception
{
    /** @param string $fault one of the protocol's fault codes */
    public function __construct(public readonly string $fault, string $message)
    {
        parent::__construct($message);
    }

    public static function malformed(string $what): self
    {
        return new self('malformed_frame', "The frame cannot be read: $what.");
    }
}
