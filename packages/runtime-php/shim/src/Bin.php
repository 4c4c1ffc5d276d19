<?php

declare(strict_types=1);

namespace FastFN\Shim;

/** Marks a string that is written as MessagePack bin; any other string is written as str. */
final class Bin
{
    public function __construct(public readonly string $bytes)
    {
    }
}
