<?php

declare(strict_types=1);

namespace FastFN\Shim;

/** Message types of PROTOCOL.md, the check of what comes in, and the frames that go out. */
final class Messages
{
    public const VERSION = 1;
    public const HANDSHAKE_S = 5;
    /** CHUNK bytes of one call that may be unacknowledged. */
    public const CREDIT_WINDOW = 262144;
    public const MAX_CHUNK = 65536;
    /** Flag of INVOKE. */
    public const WANT_OUTPUT = 2;

    public const HELLO = 0;
    public const PING = 1;
    public const PONG = 2;
    public const FAULT = 3;
    public const START = 10;
    public const STARTED = 11;
    public const START_FAILED = 12;
    public const STOP = 13;
    public const EXITED = 14;
    public const LOG = 15;
    public const INVOKE = 20;
    public const INPUT = 21;
    public const CANCEL = 22;
    public const CREDIT = 23;
    public const READY = 30;
    public const LOAD_ERROR = 31;
    public const FILES = 32;
    public const LEAVING = 33;
    public const HEAD = 40;
    public const CHUNK = 41;
    public const END = 42;
    public const ERROR = 43;
    public const OUTPUT = 44;
    public const PROXY = 45;

    private const KNOWN = [
        0, 1, 2, 3, 10, 11, 12, 13, 14, 15, 20, 21, 22, 23, 30, 31, 32, 33, 40, 41, 42, 43, 44, 45,
    ];

    /**
     * Elements after the type. A letter as in {@see Msgpack::message}, `u` for uint32, `#` for a number (`N`: or nil), `p` for a list of
     * names and values; a capital may be nil: it reads as what the table of defaults says.
     */
    private const LINK = [self::HELLO => 'um', self::PING => 'u', self::PONG => 'u', self::FAULT => 'ss'];
    public const TO_DAEMON = self::LINK + [self::START => 'sm', self::STOP => 'su'];
    public const TO_WORKER = self::LINK + [
        self::INVOKE => 'ussssPPss##MMUBN',
        self::INPUT => 'uBT',
        self::CANCEL => 'us',
        self::CREDIT => 'uu',
    ];
    private const DEFAULTS = ['N' => null, 'P' => [], 'M' => null, 'U' => 0, 'B' => '', 'T' => false];

    /**
     * The message in a payload, checked: elements present and of their type.
     *
     * @param array<int, string> $shapes one of the constants above
     * @return list<mixed>
     * @throws Fault malformed_frame, unknown_message, unexpected_message
     */
    public static function read(string $payload, array $shapes): array
    {
        $message = Msgpack::message($payload, $kinds);
        $type = $message[0] ?? null;
        if (!\is_int($type) || $type < 0) {
            throw Fault::malformed('its first element is no message type');
        }
        $shape = $shapes[$type] ?? null;
        if ($shape === null) {
            throw \in_array($type, self::KNOWN, true)
                ? new Fault('unexpected_message', "Message type $type does not travel this way.")
                : new Fault('unknown_message', "Message type $type is not known.");
        }
        $count = \strlen($shape);
        for ($i = 0; $i < $count; $i++) {
            $at = $i + 1;
            $want = $shape[$i];
            $kind = $kinds[$at] ?? 'n';
            if ($kind === 's' && $want === 's') {
                continue;
            }
            if ($kind === 'n' && \array_key_exists($want, self::DEFAULTS)) {
                $message[$at] = self::DEFAULTS[$want];
                continue;
            }
            $value = $message[$at] ?? null;
            $good = match ($want) {
                's' => false,
                'u', 'U' => self::isUint32($value, $kind),
                '#', 'N' => $kind === 'i' || ($kind === 'f' && \is_finite($value)),
                'P' => $kind === 'a' && self::arePairs($value),
                'm', 'M' => $kind === 'm',
                'B' => $kind === 'b' || $kind === 's',
                'T' => $kind === 't',
            };
            if (!$good) {
                throw Fault::malformed("element $at of message $type has the wrong type");
            }
            if ($kind === 'f' && $want !== '#' && $want !== 'N') {
                $message[$at] = (int) $value;
            }
        }
        return $message;
    }

    private static function isUint32(mixed $value, string $kind): bool
    {
        return ($kind === 'i' || ($kind === 'f' && $value == \floor($value))) && $value >= 0 && $value <= 0xffffffff;
    }

    /** @param list<mixed> $list */
    private static function arePairs(array $list): bool
    {
        foreach ($list as $item) {
            if (!\is_string($item)) {
                return false;
            }
        }
        return \count($list) % 2 === 0;
    }

    public static function framed(string $payload): string
    {
        return \pack('N', \strlen($payload)) . $payload;
    }

    /** Any message as a frame: for the rare ones. */
    public static function frame(mixed ...$message): string
    {
        return self::framed(Msgpack::pack($message));
    }

    public static function fault(Fault $fault): string
    {
        return self::frame(self::FAULT, $fault->fault, $fault->getMessage());
    }

    /** Most handlers answer with the same few statuses and header lists: packed once. Bounded; values such as ids must not fill it. */
    private const MAX_CACHED_HEADERS = 64;
    /** @var array<string, string> */
    private static array $packedHeaders = [];

    /** @param list<string> $headers names and values */
    public static function head(int $id, int $status, array $headers, bool $end, string $body): string
    {
        $key = "$status\n" . \implode("\n", $headers);
        $packed = self::$packedHeaders[$key] ?? null;
        if ($packed === null) {
            $packed = Msgpack::int($status) . Msgpack::pack($headers);
            if (\count(self::$packedHeaders) < self::MAX_CACHED_HEADERS) {
                self::$packedHeaders[$key] = $packed;
            }
        }
        $size = \strlen($body);
        $head = "\x96\x28" . Msgpack::int($id) . $packed
            . ($end ? "\x01" : "\x00")
            . ($size < 0x100 ? "\xc4" . \chr($size) : Msgpack::binHeader($size));
        return \pack('N', \strlen($head) + $size) . $head . $body;
    }

    public static function chunk(int $id, string $bytes): string
    {
        return self::framed("\x93\x29" . Msgpack::int($id) . Msgpack::binHeader(\strlen($bytes)) . $bytes);
    }

    public static function end(int $id): string
    {
        return self::framed("\x92\x2a" . Msgpack::int($id));
    }

    public static function canceled(int $id): string
    {
        return self::frame(self::ERROR, $id, 'canceled', 'The call was canceled.', null);
    }

    public static function notBegun(int $id): string
    {
        return self::frame(self::ERROR, $id, 'not_begun', 'It was too late to call the handler.', null);
    }

    /**
     * The first message of a gateway.
     *
     * @param list<mixed> $message
     * @throws Fault protocol_version, unexpected_message
     */
    public static function checkGreeting(array $message): void
    {
        if ($message[0] !== self::HELLO) {
            throw new Fault('unexpected_message', "The first message must be HELLO, not type $message[0].");
        }
        if ($message[1] !== self::VERSION) {
            $text = "Version $message[1] of the protocol is not supported; this side speaks version " . self::VERSION . '.';
            throw new Fault('protocol_version', $text);
        }
        if (($message[2]['role'] ?? null) !== 'gateway') {
            throw new Fault('unexpected_message', 'HELLO must come from a gateway.');
        }
    }
}
