<?php

declare(strict_types=1);

namespace FastFN\Shim;

/** Cutting what a program printed into the texts of OUTPUT and LOG frames. */
final class OutputText
{
    /** Bytes kept per call and stream. */
    public const MAX_KEPT = 65536;
    /** Most bytes of UTF-8 in one frame. */
    private const MAX_TEXT = 8192;

    /**
     * The texts of what was printed, with a last line about what was dropped of it.
     *
     * @return list<string> of at most 8 KiB each; what is no UTF-8 reads as U+FFFD
     */
    public static function split(string $bytes, int $dropped = 0): array
    {
        if (\strlen($bytes) > self::MAX_KEPT) {
            $dropped += self::keep($bytes);
        }
        $texts = [];
        while ($bytes !== '') {
            $part = \substr($bytes, 0, self::MAX_TEXT);
            if (\strlen($part) < \strlen($bytes)) {
                $part = \substr($part, 0, Utf8::wholeCharacters($part));
            }
            $text = Utf8::mend($part);
            if (\strlen($text) > self::MAX_TEXT) {
                // Garbage grows threefold when it is replaced.
                $part = \substr($part, 0, \intdiv(self::MAX_TEXT, 3));
                $text = Utf8::mend($part);
            }
            $texts[] = $text;
            $bytes = \substr($bytes, \strlen($part));
        }
        if ($dropped > 0) {
            $texts[] = "\n… $dropped more bytes dropped\n";
        }
        return $texts;
    }

    /** Cuts `$bytes` to what is kept, between characters; returns how many bytes it lost. */
    public static function keep(string &$bytes, int $room = self::MAX_KEPT): int
    {
        $kept = \substr($bytes, 0, $room);
        $kept = \substr($kept, 0, Utf8::wholeCharacters($kept));
        $lost = \strlen($bytes) - \strlen($kept);
        $bytes = $kept;
        return $lost;
    }
}
