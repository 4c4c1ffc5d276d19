<?php

declare(strict_types=1);

namespace FastFN\Shim;

/** UTF-8 without the mbstring extension, which a bare PHP lacks. */
final class Utf8
{
    public static function isValid(string $bytes): bool
    {
        return \preg_match('//u', $bytes) === 1;
    }

    /** `$bytes` with U+FFFD for what is no UTF-8. */
    public static function mend(string $bytes): string
    {
        if (self::isValid($bytes)) {
            return $bytes;
        }
        return \json_decode(\json_encode($bytes, \JSON_INVALID_UTF8_SUBSTITUTE), false, 1);
    }

    /** How many bytes of `$bytes` end with a whole character, unless what follows can be none anyway. */
    public static function wholeCharacters(string $bytes): int
    {
        $size = \strlen($bytes);
        for ($back = 1; $back <= 4 && $back <= $size; $back++) {
            $byte = \ord($bytes[$size - $back]);
            if (($byte & 0xc0) === 0x80) {
                continue;
            }
            $width = match (true) {
                ($byte & 0xe0) === 0xc0 => 2,
                ($byte & 0xf0) === 0xe0 => 3,
                ($byte & 0xf8) === 0xf0 => 4,
                default => 1,
            };
            return $width > $back ? $size - $back : $size;
        }
        return $size;
    }
}
