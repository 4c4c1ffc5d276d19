<?php

declare(strict_types=1);

namespace FastFN\Shim;

use FastFN\Event;

/** `$_GET`, `$_SERVER` and the others as a web server would fill them: for scripts, which know nothing else. */
final class Superglobals
{
    /** @param array<string, mixed> $server what `$_SERVER` has in any case */
    public static function fill(Event $event, array $server): void
    {
        $pairs = [];
        foreach ($event['query'] as $name => $values) {
            foreach ((array) $values as $value) {
                $pairs[] = \urlencode((string) $name) . '=' . \urlencode($value);
            }
        }
        $query = \implode('&', $pairs);
        \parse_str($query, $_GET);
        $headers = $event['headers'];
        $type = $headers['content-type'] ?? '';
        $_POST = [];
        if ($event['method'] === 'POST' && \stripos($type, 'application/x-www-form-urlencoded') === 0) {
            \parse_str($event->raw_body, $_POST);
        }
        $_COOKIE = $event['session']['cookies'] ?? [];
        $_FILES = [];
        $_REQUEST = $_POST + $_GET;
        $server['REQUEST_METHOD'] = $event['method'];
        $server['REQUEST_URI'] = $event['raw_path'] . ($query === '' ? '' : "?$query");
        $server['QUERY_STRING'] = $query;
        $server['PATH_INFO'] = $event['path'];
        $server['REMOTE_ADDR'] = $event['client']['ip'];
        $server['REQUEST_TIME'] = \intdiv($event['ts'], 1000);
        $server['REQUEST_TIME_FLOAT'] = $event['ts'] / 1000;
        foreach ($headers as $name => $value) {
            $key = \strtoupper(\str_replace('-', '_', (string) $name));
            $server[$key === 'CONTENT_TYPE' || $key === 'CONTENT_LENGTH' ? $key : "HTTP_$key"] = $value;
        }
        $_SERVER = $server;
    }
}
