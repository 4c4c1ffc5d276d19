<?php

declare(strict_types=1);

namespace FastFN\Shim;

/** JSON as the web wants it: compact, UTF-8, and never NaN. */
final class JsonBody
{
    private const FLAGS = \JSON_UNESCAPED_UNICODE | \JSON_UNESCAPED_SLASHES | \JSON_UNESCAPED_LINE_TERMINATORS;
    private const MAX_DEPTH = 512;

    /**
     * @param string $where name of the value in the complaint, such as "body"; '' for what was returned itself
     * @throws InvalidResponse naming the type and the path of what JSON cannot hold
     */
    public static function encode(mixed $value, string $where): string
    {
        $json = \json_encode($value, self::FLAGS, self::MAX_DEPTH);
        if ($json !== false) {
            return $json;
        }
        $reason = \json_last_error_msg();
        throw new InvalidResponse(
            self::problem($value, $where, []) ?? "The handler returned something that JSON cannot hold: $reason.",
        );
    }

    /**
     * A sentence about the first value that JSON cannot hold; null when there is none.
     *
     * @param list<object> $parents
     */
    private static function problem(mixed $value, string $path, array $parents, int $depth = 0): ?string
    {
        if (\is_float($value) && !\is_finite($value)) {
            return self::complaint(Describe::number($value) . ', which JSON does not know', $path);
        }
        if (\is_string($value) && !Utf8::isValid($value)) {
            return self::complaint('a string that is no UTF-8 (bytes go into a body of their own, or base64)', $path);
        }
        if (\is_resource($value)) {
            return self::complaint(Describe::value($value) . ', which JSON cannot hold', $path);
        }
        if (!\is_array($value) && !\is_object($value)) {
            return null;
        }
        if ($depth >= self::MAX_DEPTH) {
            return self::complaint('a structure nested too deeply, or one that contains itself', \substr($path, 0, 80));
        }
        if (\is_object($value)) {
            if (\in_array($value, $parents, true)) {
                return self::complaint('a circular structure: ' . Describe::value($value) . ' contains itself', $path);
            }
            $parents[] = $value;
            $value = match (true) {
                $value instanceof \JsonSerializable => $value->jsonSerialize(),
                $value instanceof \BackedEnum => $value->value,
                $value instanceof \UnitEnum => null,
                default => \get_object_vars($value),
            };
            if (!\is_array($value)) {
                return self::problem($value, $path, $parents, $depth + 1);
            }
        }
        $isList = \array_is_list($value);
        foreach ($value as $key => $item) {
            $at = $isList ? "{$path}[$key]" : ($path === '' ? "$key" : "$path.$key");
            $problem = Utf8::isValid((string) $key)
                ? self::problem($item, $at, $parents, $depth + 1)
                : self::complaint('a key that is no UTF-8', $path);
            if ($problem !== null) {
                return $problem;
            }
        }
        return null;
    }

    private static function complaint(string $what, string $path): string
    {
        return "The handler returned $what" . ($path === '' ? '.' : ' at `' . Utf8::mend($path) . '`.');
    }
}
