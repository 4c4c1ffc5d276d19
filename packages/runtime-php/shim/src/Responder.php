<?php

declare(strict_types=1);

namespace FastFN\Shim;

/** What the value that a handler returned means (SPEC §8). */
final class Responder
{
    private const JSON = ['content-type', 'application/json'];
    private const TEXT = ['content-type', 'text/plain; charset=utf-8'];
    private const HTML = ['content-type', 'text/html; charset=utf-8'];
    private const BYTES = ['content-type', 'application/octet-stream'];

    /** The keys an envelope may have; false: it does not make one by itself. */
    private const KEYS = [
        'status' => false, 'statusCode' => false, 'headers' => true, 'cookies' => true, 'body' => true,
        'is_base64' => true, 'isBase64Encoded' => true, 'body_base64' => true, 'proxy' => true,
    ];
    private const PAGE = '/^(<!doctype html|<html)/i';

    public function __construct(private readonly Output $output)
    {
    }

    /** @throws InvalidResponse it is no response */
    public function read(mixed $value): Reply|ProxyReply
    {
        $fields = $value instanceof \stdClass ? (array) $value : $value;
        if (\is_array($fields) && self::isEnvelope($fields)) {
            return $this->readEnvelope($fields);
        }
        [$headers, $body] = $this->readBody($value, null, '');
        return new Reply(200, $headers, $body);
    }

    /**
     * A reply whose type, unless the headers name one, follows from the body.
     *
     * @throws InvalidResponse status or headers are none
     */
    public function withBody(mixed $status, mixed $headers, mixed $body): Reply
    {
        $list = [];
        if ($headers !== null) {
            Headers::add($list, $headers, $this->output);
        }
        return $this->typed(self::status($status), $list, $body);
    }

    /** The type of an untyped stream, by its first piece. @return list<string> */
    public static function typeOfPiece(string $piece): array
    {
        return self::typeOf(\substr($piece, 0, Utf8::wholeCharacters($piece)));
    }

    /** @param array<mixed> $fields */
    private static function isEnvelope(array $fields): bool
    {
        $strong = false;
        $integer = false;
        foreach ($fields as $key => $value) {
            $makes = self::KEYS[$key] ?? null;
            if ($makes === null) {
                return false;
            }
            $strong = $strong || $makes;
            $integer = $integer || \is_int($value);
        }
        return $strong || $integer;
    }

    /** @param array<string, mixed> $fields */
    private function readEnvelope(array $fields): Reply|ProxyReply
    {
        if (isset($fields['proxy'])) {
            return new ProxyReply($this->readProxy($fields['proxy']));
        }
        $status = 200;
        foreach (['statusCode', 'status'] as $key) {
            if (isset($fields[$key])) {
                $status = self::status($fields[$key]);
            }
        }
        $headers = [];
        if (isset($fields['headers'])) {
            Headers::add($headers, $fields['headers'], $this->output);
        }
        if (isset($fields['cookies'])) {
            foreach (Cookies::format($fields['cookies']) as $cookie) {
                Headers::addOne($headers, 'set-cookie', $cookie, $this->output);
            }
        }
        $encoded = $fields['body_base64'] ?? null;
        if ($encoded !== null || !empty($fields['is_base64']) || !empty($fields['isBase64Encoded'])) {
            $body = $encoded === null
                ? self::decode($fields['body'] ?? null, 'body')
                : self::decode($encoded, 'body_base64');
            if (Headers::find($headers, 'content-type') === null) {
                \array_push($headers, ...self::BYTES);
            }
            return new Reply($status, $headers, $body);
        }
        return $this->typed($status, $headers, $fields['body'] ?? null);
    }

    /** @param list<string> $headers */
    private function typed(int $status, array $headers, mixed $body): Reply
    {
        $type = Headers::find($headers, 'content-type');
        [$more, $bytes] = $this->readBody($body, $type, 'body');
        return new Reply($status, $type === null ? [...$headers, ...$more] : $headers, $bytes);
    }

    private static function status(mixed $status): int
    {
        if (!\is_int($status) || $status < 100 || $status > 599) {
            throw new InvalidResponse('`status` is ' . Describe::value($status) . '; it must be an integer from 100 to 599.');
        }
        return $status;
    }

    /**
     * The headers that say the type of a body, and the body.
     *
     * @param string|null $typed content type given by the handler
     * @return array{list<string>, string|Stream}
     */
    private function readBody(mixed $body, ?string $typed, string $where): array
    {
        if (\is_string($body)) {
            return [$typed === null ? self::typeOf($body) : [], $body];
        }
        if ($body === null) {
            return [[], ''];
        }
        if (\is_int($body) || \is_float($body)) {
            if (\is_float($body) && !\is_finite($body)) {
                $what = Describe::number($body);
                throw new InvalidResponse("The handler returned $what" . self::at($where) . ', which is no response.');
            }
            return [self::TEXT, Describe::number($body)];
        }
        if (\is_array($body) && $typed !== null && \array_is_list($body) && \stripos($typed, 'text/csv') === 0) {
            return [[], CsvBody::encode($body)];
        }
        if (\is_array($body) || \is_bool($body)) {
            return [self::JSON, JsonBody::encode($body, $where)];
        }
        $stream = Stream::of($body, $typed !== null);
        if ($stream !== null) {
            return [[], $stream];
        }
        if (\is_resource($body) || $body instanceof \Closure) {
            throw new InvalidResponse('The handler returned ' . Describe::value($body) . self::at($where) . ', which is no response.');
        }
        if ($body instanceof \Stringable && !$body instanceof \JsonSerializable) {
            return $this->readBody((string) $body, $typed, $where);
        }
        return [self::JSON, JsonBody::encode($body, $where)];
    }

    /** @return list<string> */
    private static function typeOf(string $body): array
    {
        if (!Utf8::isValid($body)) {
            return self::BYTES;
        }
        return \preg_match(self::PAGE, $body) === 1 ? self::HTML : self::TEXT;
    }

    private static function decode(mixed $value, string $key): string
    {
        if ($value === null) {
            return '';
        }
        if (!\is_string($value)) {
            throw new InvalidResponse("`$key` is " . Describe::value($value) . '; with base64 it must be a string.');
        }
        $text = \preg_replace('/\s+/', '', $value);
        $bytes = \strlen($text) % 4 === 0 ? \base64_decode($text, true) : false;
        if ($bytes === false) {
            throw new InvalidResponse("`$key` is no valid base64: " . Describe::value($value) . '.');
        }
        return $bytes;
    }

    /** The `proxy` of an envelope, checked for types; what is allowed is the gateway's business. SPEC §9. */
    private function readProxy(mixed $proxy): object
    {
        $proxy = $proxy instanceof \stdClass ? (array) $proxy : $proxy;
        if (!\is_array($proxy)) {
            throw new InvalidResponse('`proxy` is ' . Describe::value($proxy) . '; use an array with `url` or `path`.');
        }
        $directive = [];
        foreach (['url', 'path', 'method'] as $key) {
            $value = $proxy[$key] ?? null;
            if ($value !== null && !\is_string($value)) {
                throw new InvalidResponse("`proxy.$key` is " . Describe::value($value) . '; it must be a string.');
            }
            if ($value !== null) {
                $directive[$key] = $value;
            }
        }
        foreach (['timeout_ms', 'max_response_bytes'] as $key) {
            $value = $proxy[$key] ?? null;
            if ($value !== null && (!\is_int($value) && !\is_float($value) || !($value >= 0 && $value < 2 ** 53))) {
                throw new InvalidResponse("`proxy.$key` is " . Describe::value($value) . '; it must be a number, 0 or more.');
            }
            if ($value !== null) {
                $directive[$key] = $value;
            }
        }
        if (isset($proxy['headers'])) {
            $list = [];
            Headers::add($list, $proxy['headers'], $this->output);
            $headers = [];
            for ($i = 0, $count = \count($list); $i < $count; $i += 2) {
                $headers[$list[$i]][] = $list[$i + 1];
            }
            $directive['headers'] = (object) \array_map(static fn($values) => $values[1] ?? null ? $values : $values[0], $headers);
        }
        if (isset($proxy['body_base64'])) {
            $directive['body'] = new Bin(self::decode($proxy['body_base64'], 'proxy.body_base64'));
        } elseif (isset($proxy['body']) && !empty($proxy['is_base64'])) {
            $directive['body'] = new Bin(self::decode($proxy['body'], 'proxy.body'));
        } elseif (isset($proxy['body'])) {
            [, $body] = $this->readBody($proxy['body'], null, 'proxy.body');
            if ($body instanceof Stream) {
                $what = Describe::value($proxy['body']);
                throw new InvalidResponse("`proxy.body` is $what; it cannot be streamed.");
            }
            $directive['body'] = new Bin($body);
        }
        return (object) $directive;
    }

    private static function at(string $where): string
    {
        return $where === '' ? '' : " at `$where`";
    }
}
