<?php

declare(strict_types=1);

namespace FastFN\Shim;

/** An answer that the gateway shall fetch elsewhere. SPEC §9. */
final class ProxyReply
{
    public function __construct(public readonly object $directive)
    {
    }
}
