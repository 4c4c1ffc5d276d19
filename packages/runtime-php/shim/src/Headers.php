<?php

declare(strict_types=1);

namespace FastFN\Shim;

/** The headers of an envelope as a flat list of names and values. */
final class Headers
{
    /** RFC 9110 token. */
    private const NAME = "/^[!#$%&'*+\\-.^_`|~0-9A-Za-z]+$/D";

    /**
     * Adds those of `$headers` (an associative array, or a list of pairs) to the list. A value may be a list; null is left
     * out. A name that is no HTTP token, and a value with CR, LF or NUL, is left out with a log line: one bad header, often
     * a user's input, must not turn an answer into an error.
     *
     * @param list<string> $list
     * @throws InvalidResponse no set of names and values
     */
    public static function add(array &$list, mixed $headers, Output $output): void
    {
        if (\is_object($headers)) {
            $headers = $headers instanceof \Traversable ? \iterator_to_array($headers) : \get_object_vars($headers);
        }
        if (!\is_array($headers)) {
            $what = Describe::value($headers);
            throw new InvalidResponse("`headers` is $what; use an associative array of names and values.");
        }
        $pairs = \array_is_list($headers);
        foreach ($headers as $name => $value) {
            if ($pairs) {
                if (!\is_array($value) || \count($value) !== 2 || !\array_is_list($value)) {
                    $text = '`headers` is a list, but not of [name, value] pairs; use an associative array.';
                    throw new InvalidResponse($text);
                }
                [$name, $value] = $value;
            }
            foreach (\is_array($value) ? $value : [$value] as $one) {
                self::addOne($list, (string) $name, $one, $output);
            }
        }
    }

    /** @param list<string> $list */
    public static function addOne(array &$list, string $name, mixed $value, Output $output): void
    {
        if ($value === null) {
            return;
        }
        if (\is_bool($value)) {
            $value = $value ? 'true' : 'false';
        } elseif (!\is_scalar($value) && !$value instanceof \Stringable) {
            $what = Describe::value($value);
            throw new InvalidResponse("Header `$name` is $what; use a string, a number or a list of them.");
        }
        $value = (string) $value;
        if (\preg_match(self::NAME, $name) !== 1) {
            $output->note('header ' . Describe::value($name) . ' was left out: its name is not valid in HTTP');
        } elseif (\strpbrk($value, "\r\n\0") !== false) {
            $output->note("header '$name' was left out: its value has a line break or NUL");
        } else {
            \array_push($list, $name, Utf8::mend($value));
        }
    }

    public static function isName(mixed $name): bool
    {
        return \is_string($name) && \preg_match(self::NAME, $name) === 1;
    }

    /** @param list<string> $list @param string $name lower case */
    public static function find(array $list, string $name): ?string
    {
        for ($i = 0, $count = \count($list); $i < $count; $i += 2) {
            if (\strtolower($list[$i]) === $name) {
                return $list[$i + 1];
            }
        }
        return null;
    }
}
