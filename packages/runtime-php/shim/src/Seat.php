<?php

declare(strict_types=1);

namespace FastFN\Shim;

/** What a worker process finds when it begins. */
final class Seat
{
    /**
     * @param resource $listener where gateways connect
     * @param array{1: resource, 2: resource} $outputs read ends of the pipes behind file descriptors 1 and 2
     */
    public function __construct(
        public readonly Spec $spec,
        public readonly mixed $listener,
        public readonly Line $line,
        public readonly array $outputs,
    ) {
    }
}
