<?php

declare(strict_types=1);

namespace FastFN\Shim;

/**
 * MessagePack as PROTOCOL.md §1 narrows it: no extension types, maps with str keys, |int| < 2^53.
 *
 * Reading accepts any width; writing takes the shortest, and float 64 for integers above 32 bits. Arrays and maps both
 * become PHP arrays. When writing, a list is an array; what is no list, and any object, is a map, so an empty map is
 * `(object) []`.
 *
 * The msgpack extension is not used even where it is loaded: it writes no bin, and reads extension types into objects.
 */
final class Msgpack
{
    /** Arrays and maps inside each other, the message itself included. */
    private const MAX_NESTING = 100;
    private const MAX_SAFE = 2 ** 53;

    /**
     * The message (an array) in a payload.
     *
     * @param string|null $kinds set to one character per element: `n`il, `t` for bool, `i`nt, `f`loat, `s`tr, `b`in,
     *   `a`rray, `m`ap
     * @return list<mixed>
     * @throws Fault malformed_frame
     */
    public static function message(string $data, ?string &$kinds = null): array
    {
        $code = \ord($data[0] ?? "\xc1");
        if (($code & 0xf0) === 0x90) {
            $count = $code & 15;
            $at = 1;
        } elseif ($code === 0xdc || $code === 0xdd) {
            $at = 1;
            $count = self::length($data, $at, $code === 0xdc ? 2 : 4);
        } else {
            throw Fault::malformed('the message is no array');
        }
        $size = \strlen($data);
        if ($count > $size - $at) {
            throw self::truncated();
        }
        $items = [];
        $kinds = '';
        while ($count-- > 0) {
            $code = \ord($data[$at] ?? "\xc1");
            // What messages are made of, short texts above all, without a call.
            if ($code < 0x80) {
                $items[] = $code;
                $kinds .= 'i';
                $at++;
            } elseif (($code & 0xe0) === 0xa0) {
                $length = $code & 31;
                $items[] = self::text(\substr($data, $at + 1, $length));
                $kinds .= 's';
                $at += 1 + $length;
            } elseif ($code === 0xc0 && $at < $size) {
                $items[] = null;
                $kinds .= 'n';
                $at++;
            } else {
                $kinds .= self::kind($code);
                $items[] = self::value($data, $at, $size, 1);
            }
        }
        // A text beyond the end is short, not an error: found here.
        if ($at > $size) {
            throw self::truncated();
        }
        if ($at < $size) {
            throw Fault::malformed(($size - $at) . ' bytes follow the message inside its frame');
        }
        return $items;
    }

    private static function kind(int $code): string
    {
        return match (true) {
            $code < 0x80, $code >= 0xe0, $code >= 0xcc && $code <= 0xd3 => 'i',
            $code < 0x90, $code === 0xde, $code === 0xdf => 'm',
            $code < 0xa0, $code === 0xdc, $code === 0xdd => 'a',
            $code < 0xc0, $code >= 0xd9 && $code <= 0xdb => 's',
            $code === 0xc2, $code === 0xc3 => 't',
            $code >= 0xc4 && $code <= 0xc6 => 'b',
            $code === 0xca, $code === 0xcb => 'f',
            default => 'n',
        };
    }

    /** The value at `$at`, which is moved behind it. `$depth`: how many arrays and maps it lies in. */
    public static function value(string $data, int &$at, int $size, int $depth): mixed
    {
        if ($at >= $size) {
            throw self::truncated();
        }
        $code = \ord($data[$at++]);
        if ($code < 0x80) {
            return $code;
        }
        if ($code >= 0xe0) {
            return $code - 256;
        }
        if ($code < 0x90) {
            return self::map($data, $at, $size, $code & 15, $depth);
        }
        if ($code < 0xa0) {
            return self::items($data, $at, $size, $code & 15, $depth);
        }
        if ($code < 0xc0) {
            return self::text(self::span($data, $at, $size, $code & 31));
        }
        switch ($code) {
            case 0xc0:
                return null;
            case 0xc2:
                return false;
            case 0xc3:
                return true;
            case 0xc4:
            case 0xc5:
            case 0xc6:
                return self::span($data, $at, $size, self::length($data, $at, 1 << ($code - 0xc4)));
            case 0xca:
                return \unpack('G', self::span($data, $at, $size, 4))[1];
            case 0xcb:
                return \unpack('E', self::span($data, $at, $size, 8))[1];
            case 0xcc:
                return self::length($data, $at, 1);
            case 0xcd:
                return self::length($data, $at, 2);
            case 0xce:
                return self::length($data, $at, 4);
            case 0xcf:
                return self::safe(\unpack('J', self::span($data, $at, $size, 8))[1], true);
            case 0xd0:
                $value = self::length($data, $at, 1);
                return $value < 0x80 ? $value : $value - 0x100;
            case 0xd1:
                $value = self::length($data, $at, 2);
                return $value < 0x8000 ? $value : $value - 0x10000;
            case 0xd2:
                $value = self::length($data, $at, 4);
                return $value < 0x80000000 ? $value : $value - 0x100000000;
            case 0xd3:
                return self::safe(\unpack('J', self::span($data, $at, $size, 8))[1], false);
            case 0xd9:
            case 0xda:
            case 0xdb:
                return self::text(self::span($data, $at, $size, self::length($data, $at, 1 << ($code - 0xd9))));
            case 0xdc:
            case 0xdd:
                return self::items($data, $at, $size, self::length($data, $at, 2 << ($code - 0xdc)), $depth);
            case 0xde:
            case 0xdf:
                return self::map($data, $at, $size, self::length($data, $at, 2 << ($code - 0xde)), $depth);
        }
        // 0xc1 is never used; 0xc7-0xc9 and 0xd4-0xd8 are extension types.
        throw Fault::malformed(\sprintf('MessagePack type 0x%x is not part of the protocol', $code));
    }

    /** An integer of 64 bits as PHP reads it: unsigned ones beyond 2^63 look negative. */
    private static function safe(int $value, bool $unsigned): int
    {
        if (($unsigned && $value < 0) || $value >= self::MAX_SAFE || $value <= -self::MAX_SAFE) {
            throw Fault::malformed('an integer is beyond 2^53');
        }
        return $value;
    }

    /** A text; what is no UTF-8 in it becomes U+FFFD. */
    private static function text(string $bytes): string
    {
        return \preg_match('//u', $bytes) === 1 ? $bytes : Utf8::mend($bytes);
    }

    private static function length(string $data, int &$at, int $width): int
    {
        if ($at + $width > \strlen($data)) {
            throw self::truncated();
        }
        $value = 0;
        for ($end = $at + $width; $at < $end; $at++) {
            $value = $value << 8 | \ord($data[$at]);
        }
        return $value;
    }

    private static function span(string $data, int &$at, int $size, int $length): string
    {
        if ($length > $size - $at) {
            throw self::truncated();
        }
        $bytes = \substr($data, $at, $length);
        $at += $length;
        return $bytes;
    }

    /** @return list<mixed> */
    private static function items(string $data, int &$at, int $size, int $count, int $depth): array
    {
        // Each element takes a byte at least: an announced length that cannot be true allocates nothing.
        if ($count > $size - $at) {
            throw self::truncated();
        }
        if ($depth >= self::MAX_NESTING) {
            throw self::tooDeep();
        }
        $items = [];
        while ($count-- > 0) {
            $items[] = self::value($data, $at, $size, $depth + 1);
        }
        return $items;
    }

    /** @return array<string, mixed> */
    private static function map(string $data, int &$at, int $size, int $count, int $depth): array
    {
        if ($count * 2 > $size - $at) {
            throw self::truncated();
        }
        if ($depth >= self::MAX_NESTING) {
            throw self::tooDeep();
        }
        $map = [];
        while ($count-- > 0) {
            if (self::kind(\ord($data[$at] ?? "\xc1")) !== 's') {
                throw Fault::malformed('a map key is no str');
            }
            $key = self::value($data, $at, $size, $depth);
            $map[$key] = self::value($data, $at, $size, $depth + 1);
        }
        return $map;
    }

    private static function truncated(): Fault
    {
        return Fault::malformed('the message is longer than its frame');
    }

    private static function tooDeep(): Fault
    {
        return Fault::malformed('more than ' . self::MAX_NESTING . ' arrays and maps inside each other');
    }

    /** @throws \InvalidArgumentException for a value that the protocol cannot carry */
    public static function pack(mixed $value, int $depth = 0): string
    {
        if ($depth > self::MAX_NESTING) {
            throw new \InvalidArgumentException(self::tooDeep()->getMessage());
        }
        if (\is_string($value)) {
            return self::str($value);
        }
        if (\is_int($value)) {
            return self::int($value);
        }
        if ($value === null) {
            return "\xc0";
        }
        if (\is_bool($value)) {
            return $value ? "\xc3" : "\xc2";
        }
        if (\is_float($value)) {
            return "\xcb" . \pack('E', $value);
        }
        if ($value instanceof Bin) {
            return self::binHeader(\strlen($value->bytes)) . $value->bytes;
        }
        if (\is_array($value) && \array_is_list($value)) {
            $packed = self::arrayHeader(\count($value));
            foreach ($value as $item) {
                $packed .= self::pack($item, $depth + 1);
            }
            return $packed;
        }
        if (\is_array($value) || $value instanceof \stdClass) {
            $map = (array) $value;
            $count = \count($map);
            $packed = $count < 16
                ? \chr(0x80 | $count)
                : ($count < 0x10000 ? "\xde" . \pack('n', $count) : "\xdf" . \pack('N', $count));
            foreach ($map as $key => $item) {
                $packed .= self::str((string) $key) . self::pack($item, $depth + 1);
            }
            return $packed;
        }
        throw new \InvalidArgumentException('The protocol cannot carry ' . \get_debug_type($value) . '.');
    }

    public static function int(int $value): string
    {
        return match (true) {
            $value >= 0 && $value < 128 => \chr($value),
            $value >= 0 && $value < 0x100 => "\xcc" . \chr($value),
            $value >= 0 && $value < 0x10000 => "\xcd" . \pack('n', $value),
            $value >= 0 && $value <= 0xffffffff => "\xce" . \pack('N', $value),
            $value < 0 && $value >= -32 => \chr($value + 256),
            $value < 0 && $value >= -0x80 => "\xd0" . \chr($value + 256),
            $value < 0 && $value >= -0x8000 => "\xd1" . \pack('n', $value),
            $value < 0 && $value >= -0x80000000 => "\xd2" . \pack('N', $value),
            default => "\xcb" . \pack('E', (float) $value),
        };
    }

    public static function str(string $text): string
    {
        $size = \strlen($text);
        return match (true) {
            $size < 32 => \chr(0xa0 | $size) . $text,
            $size < 0x100 => "\xd9" . \chr($size) . $text,
            $size < 0x10000 => "\xda" . \pack('n', $size) . $text,
            default => "\xdb" . \pack('N', $size) . $text,
        };
    }

    public static function binHeader(int $size): string
    {
        return match (true) {
            $size < 0x100 => "\xc4" . \chr($size),
            $size < 0x10000 => "\xc5" . \pack('n', $size),
            default => "\xc6" . \pack('N', $size),
        };
    }

    public static function arrayHeader(int $count): string
    {
        return match (true) {
            $count < 16 => \chr(0x90 | $count),
            $count < 0x10000 => "\xdc" . \pack('n', $count),
            default => "\xdd" . \pack('N', $count),
        };
    }
}
