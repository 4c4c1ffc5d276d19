<?php

declare(strict_types=1);

namespace FastFN\Shim;

/** What a handler returned is no response; the message says what it was and where. SPEC §8. */
final class InvalidResponse extends \Exception
{
}
