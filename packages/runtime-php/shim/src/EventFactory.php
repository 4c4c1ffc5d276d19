<?php

declare(strict_types=1);

namespace FastFN\Shim;

use FastFN\Event;

/** Works out the fields of events (SPEC §6); holds what is the same in each. */
final class EventFactory
{
    /** The fields of an event. */
    public const IS_FIELD = [
        'id' => 1, 'ts' => 1, 'method' => 1, 'path' => 1, 'raw_path' => 1, 'query' => 1, 'params' => 1,
        'path_params' => 1, 'headers' => 1, 'body' => 1, 'is_base64' => 1, 'session' => 1, 'client' => 1, 'env' => 1,
        'secrets' => 1, 'version' => 1, 'context' => 1,
    ];
    private const MAPS = ['query', 'params', 'path_params', 'headers', 'env', 'secrets'];
    private const MAPS_OF_CONTEXT = ['worker_pool', 'gateway', 'debug', 'trigger', 'job'];

    /** @var array<string, mixed> */
    private readonly array $context;
    private readonly string $version;

    public function __construct(private readonly Spec $spec)
    {
        $this->version = $spec->context['version'] ?? 'default';
        // Filled in per call; here so that every event has all keys in the same order.
        $late = ['deadline_ms' => null, 'user' => null, 'trigger' => null, 'traceparent' => null];
        $this->context = ['request_id' => null, ...$spec->context, ...$late];
    }

    /** @param list<mixed> $message INVOKE */
    public function make(array $message): Event
    {
        return new Event($message, $this, \microtime(true) * 1000);
    }

    /**
     * All fields at once, as {@see field} gives each.
     *
     * @param list<mixed> $m INVOKE
     * @return array<string, mixed>
     */
    public function all(array $m, float $receivedMs): array
    {
        $params = $m[7] === [] ? [] : self::pairs($m[7]);
        $headers = self::headers($m[8]);
        $isText = $m[15] === '' || Utf8::isValid($m[15]);
        return [
            'id' => $m[2],
            'ts' => (int) $m[10],
            'method' => $m[3],
            'path' => $m[4],
            'raw_path' => $m[5],
            'query' => $m[6] === [] ? [] : self::query($m[6]),
            'params' => $params,
            'path_params' => $params,
            'headers' => $headers,
            'body' => $m[15] === '' ? null : ($isText ? $m[15] : \base64_encode($m[15])),
            'is_base64' => !$isText,
            'session' => $m[12],
            'client' => ['ip' => $m[9], 'ua' => $headers['user-agent'] ?? null],
            'env' => $this->spec->env,
            'secrets' => $this->spec->secrets,
            'version' => $this->version,
            'context' => $this->contextOf($m, $receivedMs),
        ];
    }

    /** @param list<mixed> $m INVOKE */
    public function field(string $name, array $m, float $receivedMs): mixed
    {
        return match ($name) {
            'id' => $m[2],
            'ts' => (int) $m[10],
            'method' => $m[3],
            'path' => $m[4],
            'raw_path' => $m[5],
            'query' => self::query($m[6]),
            'params', 'path_params' => self::pairs($m[7]),
            'headers' => self::headers($m[8]),
            'body' => self::body($m[15]),
            'is_base64' => !Utf8::isValid($m[15]),
            'session' => $m[12],
            'client' => ['ip' => $m[9], 'ua' => self::headers($m[8])['user-agent'] ?? null],
            'env' => $this->spec->env,
            'secrets' => $this->spec->secrets,
            'version' => $this->version,
            'context' => $this->contextOf($m, $receivedMs),
        };
    }

    /** @param list<string> $pairs @return array<string, string> */
    public static function pairs(array $pairs): array
    {
        $map = [];
        for ($i = 0, $count = \count($pairs); $i < $count; $i += 2) {
            $map[$pairs[$i]] = $pairs[$i + 1];
        }
        return $map;
    }

    /** @return array<string, string> */
    public static function headers(string $lines): array
    {
        return $lines === '' ? [] : self::pairs(\explode("\n", $lines));
    }

    /**
     * An event as arrays, ready to be JSON: what is a map is an object.
     *
     * @param array<string, mixed> $event
     * @return array<string, mixed>
     */
    public static function withMaps(array $event): array
    {
        foreach (self::MAPS as $key) {
            if (\is_array($event[$key] ?? null)) {
                $event[$key] = (object) $event[$key];
            }
        }
        if (\is_array($event['session']['cookies'] ?? null)) {
            $event['session']['cookies'] = (object) $event['session']['cookies'];
        }
        foreach (self::MAPS_OF_CONTEXT as $key) {
            if (\is_array($event['context'][$key] ?? null)) {
                $event['context'][$key] = (object) $event['context'][$key];
            }
        }
        return $event;
    }

    /** @param list<string> $pairs @return array<string, string|list<string>> a list when the name repeats */
    private static function query(array $pairs): array
    {
        $query = [];
        for ($i = 0, $count = \count($pairs); $i < $count; $i += 2) {
            $name = $pairs[$i];
            $query[$name] = isset($query[$name]) ? [...(array) $query[$name], $pairs[$i + 1]] : $pairs[$i + 1];
        }
        return $query;
    }

    private static function body(string $bytes): ?string
    {
        if ($bytes === '') {
            return null;
        }
        return Utf8::isValid($bytes) ? $bytes : \base64_encode($bytes);
    }

    /** @param list<mixed> $m @return array<string, mixed> */
    private function contextOf(array $m, float $receivedMs): array
    {
        $context = $this->context;
        $context['request_id'] = $m[2];
        $context['deadline_ms'] = (int) ($receivedMs + $m[11]);
        return $m[13] === null ? $context : \array_replace($context, $m[13]);
    }
}
