<?php

// The codec against the golden vectors of @fastfn/protocol, and against everything a broken peer could send.

declare(strict_types=1);

use FastFN\Shim\{Bin, Fault, FrameReader, Invoke, Messages, Msgpack};

require __DIR__ . '/../../shim/src/load.php';

const VECTORS = __DIR__ . '/../../../protocol/vectors/';

$checks = 0;
function check(bool $good, string $what): void
{
    global $checks;
    $checks++;
    if (!$good) {
        fwrite(STDERR, "FAILED: $what\n");
        exit(1);
    }
}

function bytes(string|array $hex): string
{
    $text = '';
    foreach ((array) $hex as $part) {
        $text .= is_string($part) ? $part : str_repeat($part->{'$repeat'}, $part->times);
    }
    return hex2bin($text);
}

/** The notation of the vector files. @return array{mixed, mixed} what pack() takes, and what is read back */
function values(mixed $value): array
{
    if (is_array($value)) {
        $pairs = array_map(values(...), $value);
        return [array_column($pairs, 0), array_column($pairs, 1)];
    }
    if ($value instanceof stdClass) {
        $keys = array_keys((array) $value);
        if (count($keys) === 1) {
            $inner = $value->{$keys[0]};
            switch ($keys[0]) {
                case '$bin':
                    $bin = is_string($inner)
                        ? base64_decode($inner)
                        : str_repeat(base64_decode($inner->{'$repeat'}), $inner->times);
                    return [new Bin($bin), $bin];
                case '$str':
                    $text = str_repeat($inner->{'$repeat'}, $inner->times);
                    return [$text, $text];
                case '$float':
                    return [(float) $inner, (float) $inner];
            }
        }
        $written = new stdClass();
        $read = [];
        foreach ((array) $value as $key => $item) {
            [$written->{$key}, $read[$key]] = values($item);
        }
        return [$written, $read];
    }
    if (is_int($value) && ($value < -(2 ** 31) || $value >= 2 ** 32)) {
        return [(float) $value, (float) $value];
    }
    return [$value, $value];
}

$messages = json_decode(file_get_contents(VECTORS . 'messages.json'))->messages;
check(count($messages) > 20, 'there are messages');
foreach ($messages as $vector) {
    $frame = bytes($vector->hex);
    [$written, $read] = values($vector->value);
    $payloads = [...(new FrameReader(2 ** 24))->feed($frame)];
    check(count($payloads) === 1, "$vector->name is one frame");
    $message = Msgpack::message($payloads[0], $kinds);
    check(strlen($kinds) === count($message), "$vector->name: kinds");
    if ($vector->canonical) {
        check($message === $read, "$vector->name: read " . json_encode($message));
        check(Messages::framed(Msgpack::pack($written)) === $frame, "$vector->name: written");
    } else {
        // Elements that are missing or beyond what is known are the business of Messages::read.
        check($message[0] === $read[0], "$vector->name: read");
        $shapes = isset(Messages::TO_WORKER[$message[0]]) ? Messages::TO_WORKER : Messages::TO_DAEMON;
        if (isset($shapes[$message[0]])) {
            $filled = Messages::read($payloads[0], $shapes);
            check(array_slice($filled, 0, count($read)) == $read, "$vector->name: filled " . json_encode($filled));
        }
    }
}

// What a peer sends that breaks the protocol is a fault, and nothing worse. (Which fault, and that the connection ends
// with it, the daemon's tests show.)
function faultOf(string $payload): ?string
{
    try {
        Messages::read($payload, Messages::TO_WORKER);
        return null;
    } catch (Fault $fault) {
        return $fault->fault;
    }
}
$good = Msgpack::pack([20, 1, 'text', 'é☃😀', '/', '/', ['a', 'b'], [], "h\nv", 'ip', 1.7e12, 70000, null,
    (object) ['user' => ['k' => [1, 2.5, null]]], 0, new Bin(str_repeat('x', 300))]);
check(faultOf($good) === null, 'a good INVOKE');
for ($end = 1; $end < strlen($good); $end++) {
    $fault = faultOf(substr($good, 0, $end));
    check($fault === 'malformed_frame', "cut at $end: $fault");
}
mt_srand(7);
for ($n = 0; $n < 20000; $n++) {
    $junk = '';
    for ($size = mt_rand(1, 12); $size > 0; $size--) {
        $junk .= chr(mt_rand(0, 255));
    }
    faultOf($junk);
    faultOf("\x92" . $junk);
}

// The quick way to read INVOKE finds what the usual one does, or leaves the frame to it; whatever it is given.
set_error_handler(static fn($_, $text) => check(false, $text));
function readings(string $payload): array
{
    $both = [];
    foreach ([Invoke::read(...), static fn($payload) => Messages::read($payload, Messages::TO_WORKER)] as $read) {
        try {
            $both[] = $read($payload);
        } catch (Fault) {
            $both[] = 'fault';
        }
    }
    return $both;
}
$lengths = [0, 1, 31, 32, 255];
$taken = 0;
for ($n = 0; $n < 1000; $n++) {
    $text = static fn() => str_repeat('é', $n % 2) . str_repeat('x', $lengths[mt_rand(0, 4)]);
    $session = $n % 3 === 0 ? (object) ['id' => null, 'raw' => 'a=b', 'cookies' => (object) ['a' => 'b']] : null;
    $beginBy = [[], [null], [1.7e12]][$n % 3];
    $payload = Msgpack::pack([
        20, [1, 200, 300, 70000][$n % 4], 'id', 'GET', $text(), $text(), ['a', $text()], $n % 5 === 0 ? ['p', $text()] : [],
        "host\n" . $text(), '::1', 1.7e12, [30000, 5, 1.5][$n % 3], $session, $n % 7 === 0 ? (object) ['user' => [1]] : null,
        0, new Bin(str_repeat("\xff", $lengths[mt_rand(0, 4)])), ...$beginBy,
    ]);
    [$quick, $usual] = readings($payload);
    check($quick === null || $quick === $usual, "quick INVOKE $n");
    $taken += $quick === null ? 0 : 1;
    for ($change = 0; $change < 10; $change++) {
        $broken = $change < 5 ? $payload : substr($payload, 0, mt_rand(0, strlen($payload)));
        if ($change < 5) {
            $broken[mt_rand(0, strlen($broken) - 1)] = chr(mt_rand(0, 255));
        }
        [$quick, $usual] = readings($broken);
        check($quick === null || $quick === $usual, "quick INVOKE $n, broken: " . bin2hex($broken));
    }
}
restore_error_handler();
check($taken > 600, "$taken of 1000 were read the quick way");
check(Msgpack::message("\x92\x01\xa3a\xffb")[1] === "a\u{FFFD}b", 'a text that is no UTF-8 is mended');

foreach ([fn() => 1, fopen('php://memory', 'r'), new DateTime()] as $value) {
    try {
        Msgpack::pack([$value]);
        check(false, 'packed ' . get_debug_type($value));
    } catch (InvalidArgumentException) {
        check(true, '');
    }
}

$frames = '';
for ($n = 0; $n < 20; $n++) {
    $frames .= Messages::frame($n, str_repeat('x', $n * 7));
}
foreach ([1, 2, 3, 5, 7, 64, 1000] as $size) {
    $reader = new FrameReader(1000);
    $seen = [];
    foreach (str_split($frames, $size) as $part) {
        foreach ($reader->feed($part) as $payload) {
            $seen[] = Msgpack::message($payload)[0];
        }
    }
    $reader->checkEnd();
    check($seen === range(0, 19), "cut into pieces of $size");
}

echo "$checks checks passed\n";
