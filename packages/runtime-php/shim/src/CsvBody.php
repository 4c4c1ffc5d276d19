<?php

declare(strict_types=1);

namespace FastFN\Shim;

/** Rows as CSV (RFC 4180): CRLF line ends, quotes doubled, null empty. SPEC §8, §16. */
final class CsvBody
{
    /**
     * A list of associative arrays or objects starts with a header line of the keys in order of first appearance; in a
     * list of lists each is a line as it is.
     *
     * @param list<mixed> $rows
     * @throws InvalidResponse a row is neither, or both kinds are mixed
     */
    public static function encode(array $rows): string
    {
        $keys = [];
        $lines = [];
        $asLists = \is_array($rows[0] ?? null) && \array_is_list($rows[0]);
        foreach ($rows as $at => $row) {
            if ($row instanceof \JsonSerializable) {
                $row = $row->jsonSerialize();
            } elseif (\is_object($row)) {
                $row = \get_object_vars($row);
            }
            if (!\is_array($row) || ($asLists && !\array_is_list($row)) || (!$asLists && $row !== [] && \array_is_list($row))) {
                throw new InvalidResponse(
                    "CSV row $at is " . Describe::value($row) . ': a text/csv body is a list of lists, or of associative arrays.',
                );
            }
            $rows[$at] = $row;
            $keys += \array_fill_keys(\array_keys($row), true);
        }
        if ($asLists) {
            foreach ($rows as $row) {
                $lines[] = \implode(',', \array_map(self::cell(...), $row));
            }
        } elseif ($rows !== []) {
            $keys = \array_keys($keys);
            $lines[] = \implode(',', \array_map(self::cell(...), $keys));
            foreach ($rows as $row) {
                $lines[] = \implode(',', \array_map(static fn($key) => self::cell($row[$key] ?? null), $keys));
            }
        }
        $lines[] = '';
        return \implode("\r\n", $lines);
    }

    private static function cell(mixed $value): string
    {
        $text = match (true) {
            $value === null => '',
            \is_string($value) => $value,
            $value instanceof \Stringable => (string) $value,
            default => JsonBody::encode($value, 'body'),
        };
        return \strpbrk($text, "\",\r\n") === false ? $text : '"' . \str_replace('"', '""', $text) . '"';
    }
}
