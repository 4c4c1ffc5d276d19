<?php

declare(strict_types=1);

namespace FastFN\Shim;

/**
 * INVOKE as gateways write it, read in one go: what {@see Messages::read} finds with a call or two for each element. Whatever
 * looks unusual, it leaves to that, which also knows what is wrong.
 */
final class Invoke
{
    /** An array of 17, and the type; one of 16, for calls that are not in advance. */
    private const AHEAD = "\xdc\x00\x11\x14";
    private const NOW = "\xdc\x00\x10\x14";
    /** No session, no context, no flags, no body. */
    private const PLAIN = "\xc0\xc0\x00\xc4\x00";
    /** Larger ones, which are copied here, are left to the usual way. */
    private const MAX_SIZE = 16384;
    /** Length of a text by the code of a short one: asked in place of `ord`, which is a call. */
    private const SHORT = [
        "\xa0" => 0, "\xa1" => 1, "\xa2" => 2, "\xa3" => 3, "\xa4" => 4, "\xa5" => 5, "\xa6" => 6, "\xa7" => 7,
        "\xa8" => 8, "\xa9" => 9, "\xaa" => 10, "\xab" => 11, "\xac" => 12, "\xad" => 13, "\xae" => 14, "\xaf" => 15,
        "\xb0" => 16, "\xb1" => 17, "\xb2" => 18, "\xb3" => 19, "\xb4" => 20, "\xb5" => 21, "\xb6" => 22, "\xb7" => 23,
        "\xb8" => 24, "\xb9" => 25, "\xba" => 26, "\xbb" => 27, "\xbc" => 28, "\xbd" => 29, "\xbe" => 30, "\xbf" => 31,
    ];
    /** Numbers of a fixed width that are no positive fixint: width, and how `unpack` reads it. */
    private const NUMBERS = ["\xcc" => [1, 'C'], "\xcd" => [2, 'n'], "\xce" => [4, 'N'], "\xcb" => [8, 'E']];

    /**
     * The message, as {@see Messages::read} gives it.
     *
     * @return list<mixed>|null null: read it in the usual way
     */
    public static function read(string $data): ?array
    {
        $size = \strlen($data);
        $begin = \substr($data, 0, 4);
        if ($size > self::MAX_SIZE || ($begin !== self::AHEAD && $begin !== self::NOW)) {
            return null;
        }
        // Behind the end lies a code that no element begins with.
        $data .= "\xc1\xc1\xc1\xc1\xc1\xc1\xc1\xc1\xc1";
        $at = 4;
        $code = \ord($data[4]);
        if ($code < 0x80) {
            $id = $code;
            $at = 5;
        } elseif ($code >= 0xcc && $code <= 0xce) {
            [$width, $format] = self::NUMBERS[$data[4]];
            $id = \unpack($format, $data, 5)[1];
            $at = 5 + $width;
        } else {
            return null;
        }
        // Four texts (request id, method, path, raw path), the lists of query and params, two texts (headers, the client's address).
        $runs = [[], [], [], []];
        for ($run = 0; $run < 4; $run++) {
            if ($run === 0) {
                $count = 4;
            } elseif ($run === 3) {
                $count = 2;
            } else {
                $count = \ord($data[$at] ?? "\xc1");
                // Lists of up to 15, an even number.
                if (($count & 0xf1) !== 0x90) {
                    return null;
                }
                $count &= 15;
                $at++;
            }
            for (; $count > 0; $count--) {
                $code = $data[$at] ?? '';
                $length = self::SHORT[$code] ?? null;
                if ($length !== null) {
                    $at++;
                } elseif ($code === "\xd9") {
                    $length = \ord($data[$at + 1]);
                    $at += 2;
                } elseif ($code === "\xda") {
                    $length = \unpack('n', $data, $at + 1)[1];
                    $at += 3;
                } else {
                    return null;
                }
                $runs[$run][] = \substr($data, $at, $length);
                $at += $length;
            }
        }
        // Time and timeout.
        $numbers = [];
        for ($i = 0; $i < 2; $i++) {
            $first = $data[$at] ?? "\xc1";
            $number = self::NUMBERS[$first] ?? null;
            if ($number !== null && $at < $size) {
                $numbers[] = \unpack($number[1], $data, $at + 1)[1];
                $at += 1 + $number[0];
            } elseif (($code = \ord($first)) < 0x80) {
                $numbers[] = $code;
                $at++;
            } else {
                return null;
            }
        }
        $maps = [null, null];
        $flags = 0;
        $body = '';
        if (\substr($data, $at, 5) === self::PLAIN) {
            $at += 5;
        } else {
            // Session and context.
            for ($i = 0; $i < 2; $i++) {
                $code = \ord($data[$at] ?? "\xc1");
                if ($code === 0xc0) {
                    $at++;
                } elseif (($code & 0xf0) === 0x80) {
                    $maps[$i] = Msgpack::value($data, $at, $size, 1);
                } else {
                    return null;
                }
            }
            $flags = \ord($data[$at] ?? "\xc1");
            if ($flags >= 0x80) {
                return null;
            }
            $at++;
            $code = \ord($data[$at] ?? "\xc1");
            if ($code === 0xc4) {
                $length = \ord($data[$at + 1]);
                $at += 2;
            } elseif ($code === 0xc5) {
                $length = \unpack('n', $data, $at + 1)[1];
                $at += 3;
            } else {
                return null;
            }
            $body = \substr($data, $at, $length);
            $at += $length;
        }
        $beginBy = null;
        if ($begin === self::AHEAD) {
            $code = \ord($data[$at] ?? "\xc1");
            if ($code === 0xcb) {
                $beginBy = \unpack('E', $data, $at + 1)[1];
                $at += 9;
            } elseif ($code === 0xc0) {
                $at++;
            } else {
                return null;
            }
        }
        [[$requestId, $method, $path, $rawPath], $query, $params, [$headers, $ip]] = $runs;
        [$ts, $timeout] = $numbers;
        // What was read beyond the end, or does not reach it, is found here. All texts are looked at in one.
        if (
            $at !== $size
            || \preg_match('//u', \implode("\n", $runs[0]) . "\n$headers\n$ip") !== 1
            || ($query !== [] && \preg_match('//u', \implode("\n", $query)) !== 1)
            || ($params !== [] && \preg_match('//u', \implode("\n", $params)) !== 1)
            || !\is_finite($ts) || !\is_finite($timeout) || ($beginBy !== null && !\is_finite($beginBy))
        ) {
            return null;
        }
        return [
            Messages::INVOKE, $id, $requestId, $method, $path, $rawPath, $query, $params, $headers, $ip, $ts, $timeout,
            $maps[0], $maps[1], $flags, $body, $beginBy,
        ];
    }
}
