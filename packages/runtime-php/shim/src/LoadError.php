<?php

declare(strict_types=1);

namespace FastFN\Shim;

/** The handler file could not become something to call; the message is ours, for people, and has no stack. */
final class LoadError extends \Exception
{
    /** @param string $reason `handler_error` or `invalid_config` */
    public function __construct(public readonly string $reason, string $message)
    {
        parent::__construct($message);
    }
}
