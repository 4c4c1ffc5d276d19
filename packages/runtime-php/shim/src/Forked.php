<?php

declare(strict_types=1);

namespace FastFN\Shim;

/** Thrown in a young worker, to leave the daemon's loop: handler files are loaded at the top level of the program. */
final class Forked extends \Exception
{
    public function __construct(public readonly Seat $seat)
    {
        parent::__construct();
    }
}
