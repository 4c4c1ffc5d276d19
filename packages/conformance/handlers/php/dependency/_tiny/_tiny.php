<?php

namespace Acme;

final class Tiny
{
    public static function name(): string
    {
        return 'acme/tiny';
    }
}
