<?php

declare(strict_types=1);

namespace FastFN\Shim;

/** What a value is, in a few words, for complaints. */
final class Describe
{
    private const MAX_TEXT = 40;

    public static function value(mixed $value): string
    {
        return match (true) {
            $value === null => 'null',
            \is_bool($value) => 'the bool ' . ($value ? 'true' : 'false'),
            \is_int($value), \is_float($value) => 'the ' . \get_debug_type($value) . ' ' . self::number($value),
            \is_string($value) => 'the string ' . self::text($value),
            \is_array($value) => 'an array',
            $value instanceof \Closure => 'a Closure (a function)',
            \is_object($value) => 'an object of class ' . \get_debug_type($value),
            default => 'a ' . \get_debug_type($value),
        };
    }

    public static function number(int|float $value): string
    {
        if (\is_float($value) && !\is_finite($value)) {
            return \is_nan($value) ? 'NaN' : ($value > 0 ? 'Infinity' : '-Infinity');
        }
        return \json_encode($value);
    }

    private static function text(string $text): string
    {
        $short = \substr($text, 0, self::MAX_TEXT);
        $short = \substr($short, 0, Utf8::wholeCharacters($short));
        return "'" . Utf8::mend($short) . ($short === $text ? "'" : "…'");
    }
}
