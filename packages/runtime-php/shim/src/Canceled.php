<?php

declare(strict_types=1);

namespace FastFN\Shim;

/** The call's CANCEL came, or its gateway is gone. */
final class Canceled extends \Exception
{
}
