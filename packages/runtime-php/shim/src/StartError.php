<?php

declare(strict_types=1);

namespace FastFN\Shim;

/** No worker was made; `reason` is the code of START_FAILED. */
final class StartError extends \Exception
{
    public function __construct(public readonly string $reason, string $message)
    {
        parent::__construct($message);
    }
}
