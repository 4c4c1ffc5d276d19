<?php

declare(strict_types=1);

namespace FastFN\Shim;

/** The `cookies` of an envelope as `Set-Cookie` values. */
final class Cookies
{
    private const SAME_SITE = ['lax' => 'Lax', 'strict' => 'Strict', 'none' => 'None', '1' => 'Strict'];

    /**
     * A string is taken as it is; an array needs `name` and `value` and may have `path`, `domain`, `max_age` (`maxAge`,
     * seconds), `expires` (DateTimeInterface, text, or epoch milliseconds), `http_only`, `secure`, `same_site`,
     * `partitioned`, `priority` (camelCase also).
     *
     * @return list<string>
     * @throws InvalidResponse naming the entry
     */
    public static function format(mixed $cookies): array
    {
        $list = \is_array($cookies) && \array_is_list($cookies) ? $cookies : [$cookies];
        $result = [];
        foreach ($list as $at => $cookie) {
            if (\is_object($cookie)) {
                $cookie = \get_object_vars($cookie);
            }
            $result[] = match (true) {
                \is_string($cookie) => $cookie,
                \is_array($cookie) => self::one($cookie, $at),
                default => throw new InvalidResponse(
                    "`cookies[$at]` is " . Describe::value($cookie) . '; use a string, or an array with `name` and `value`.',
                ),
            };
        }
        return $result;
    }

    /** @param array<string, mixed> $cookie */
    private static function one(array $cookie, int $at): string
    {
        $fail = static fn(string $why) => new InvalidResponse("`cookies[$at]` is no cookie: $why");
        $name = $cookie['name'] ?? null;
        if (!Headers::isName($name)) {
            throw $fail('`name` must be a non-empty token, not ' . Describe::value($name) . '.');
        }
        $get = static fn(string $key, string $camel) => $cookie[$key] ?? $cookie[$camel] ?? null;
        $attribute = static function (string $label, mixed $value) use ($fail): string {
            if (!\is_scalar($value) && !$value instanceof \Stringable) {
                throw $fail('`' . \strtolower($label) . '` is ' . Describe::value($value) . '.');
            }
            if (\strpbrk((string) $value, ";\r\n\0") !== false) {
                throw $fail('`' . \strtolower($label) . '` may not hold a semicolon or line break.');
            }
            return "$label=$value";
        };
        $value = $cookie['value'] ?? '';
        if (!\is_scalar($value) && !$value instanceof \Stringable) {
            throw $fail('`value` is ' . Describe::value($value) . '.');
        }
        $parts = [$name . '=' . \rawurlencode((string) $value)];
        if (($age = $get('max_age', 'maxAge')) !== null) {
            $parts[] = $attribute('Max-Age', \is_numeric($age) ? (int) $age : $age);
        }
        foreach (['Domain', 'Path'] as $label) {
            if (($given = $cookie[\strtolower($label)] ?? null) !== null) {
                $parts[] = $attribute($label, $given);
            }
        }
        if (($expires = $cookie['expires'] ?? null) !== null) {
            $parts[] = $attribute('Expires', self::date($expires));
        }
        foreach (['HttpOnly' => ['http_only', 'httpOnly'], 'Secure' => ['secure', ''], 'Partitioned' => ['partitioned', '']] as $label => $keys) {
            if ($get(...$keys)) {
                $parts[] = $label;
            }
        }
        if (($priority = $cookie['priority'] ?? null) !== null) {
            $parts[] = $attribute('Priority', \is_string($priority) ? \ucfirst(\strtolower($priority)) : $priority);
        }
        $sameSite = $get('same_site', 'sameSite');
        if ($sameSite !== null && $sameSite !== false) {
            $label = \is_scalar($sameSite) ? self::SAME_SITE[\strtolower((string) $sameSite)] ?? null : null;
            $parts[] = 'SameSite=' . ($label ?? throw $fail('`same_site` must be lax, strict or none, not ' . Describe::value($sameSite) . '.'));
        }
        return \implode('; ', $parts);
    }

    private static function date(mixed $value): mixed
    {
        if (\is_int($value) || \is_float($value)) {
            return \gmdate('D, d M Y H:i:s', \intdiv((int) $value, 1000)) . ' GMT';
        }
        if (\is_string($value)) {
            try {
                $value = new \DateTimeImmutable($value);
            } catch (\Exception) {
                // Nothing we know better than the browser.
                return $value;
            }
        }
        return $value instanceof \DateTimeInterface ? \gmdate('D, d M Y H:i:s', $value->getTimestamp()) . ' GMT' : $value;
    }
}
