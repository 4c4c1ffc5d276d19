<?php

const BYTES = "\x00\xff\x80\x0a\x0d\x00";

function circular(): object
{
    $value = new stdClass();
    $value->self = $value;
    return $value;
}

function answer(string $case): mixed
{
    return match ($case) {
        'object' => ['a' => 1, 'b' => [true, null], 'c' => 'ü'],
        'list' => [1, 'two', ['three' => 3]],
        'true' => true,
        'false' => false,
        'empty-object' => new stdClass(),
        'empty-list' => [],
        'text' => 'Grüße 👋',
        'empty-text' => '',
        'html' => '<!DOCTYPE html><p>ü</p>',
        'html-tag' => '<HTML><p>x</p>',
        'almost-html' => '<p>x</p>',
        'number' => 42,
        'fraction' => 1.5,
        'nothing' => null,
        'bytes' => BYTES,
        'status-ok' => ['status' => 'ok'],
        'status-success' => ['status' => 'success', 'data' => ['id' => 1]],
        'status-and-more' => ['status' => 404, 'data' => 1],
        'body-and-more' => ['body' => 'x', 'other' => 1],
        'status-true' => ['status' => true],
        'status' => ['status' => 202],
        'status-code' => ['statusCode' => 201, 'body' => 'made'],
        'no-content' => ['status' => 204],
        'error-status' => ['status' => 418, 'body' => 'teapot'],
        'body' => ['body' => 'just this'],
        'body-null' => ['status' => 200, 'body' => null],
        'body-object' => ['body' => ['a' => 1]],
        'body-list' => ['body' => [1, 2]],
        'body-html' => ['body' => '<html></html>'],
        'typed' => ['headers' => ['content-type' => 'application/problem+json'], 'body' => ['title' => 'x']],
        'typed-case' => ['headers' => ['Content-TYPE' => 'text/x-thing'], 'body' => 'x'],
        'headers' => ['headers' => ['X-One' => '1', 'x-two' => 'zwei'], 'body' => 'ok'],
        'header-number' => ['headers' => ['x-number' => 42], 'body' => 'ok'],
        'header-list' => ['headers' => ['Set-Cookie' => ['a=1; Path=/', 'b=2']], 'body' => 'ok'],
        'header-crlf' => ['headers' => ['x-evil' => "a\r\nx-injected: 1", 'x-good' => 'yes'], 'body' => 'ok'],
        'cookies' => [
            'cookies' => [
                'a=1; Path=/',
                ['name' => 'b', 'value' => '2', 'path' => '/', 'http_only' => true, 'same_site' => 'lax', 'max_age' => 60],
            ],
            'body' => 'ok',
        ],
        'base64' => [
            'headers' => ['content-type' => 'image/png'],
            'is_base64' => true,
            'body_base64' => base64_encode(BYTES),
        ],
        'base64-aws' => ['statusCode' => 200, 'isBase64Encoded' => true, 'body' => base64_encode(BYTES)],
        'native-bytes' => ['headers' => ['content-type' => 'image/png'], 'body' => BYTES],
        'csv' => [
            'headers' => ['content-type' => 'text/csv'],
            'body' => [['name' => 'Ada', 'note' => 'say "hi", ü'], ['name' => 'Bob', 'note' => null]],
        ],
        'csv-lists' => ['headers' => ['content-type' => 'text/csv'], 'body' => [[1, 'a'], [2, 'b,c']]],
        'csv-text' => ['headers' => ['content-type' => 'text/csv'], 'body' => "x;y\n"],
        'large' => [
            'headers' => ['content-type' => 'application/octet-stream'],
            'body' => str_repeat('x', 17 * 1024 * 1024),
        ],
        'status-99' => ['status' => 99],
        'status-600' => ['status' => 600, 'body' => 'x'],
        'status-negative' => ['status' => -1],
        'status-text' => ['status' => 'ok', 'body' => 'x'],
        'status-fraction' => ['status' => 200.5, 'body' => 'x'],
        'base64-broken' => ['is_base64' => true, 'body_base64' => '*** no base64 ***'],
        'nan' => NAN,
        'nan-inside' => ['deep' => [['value' => NAN]]],
        'circular' => circular(),
        'callable' => fn() => 1,
    };
}

function handler($event)
{
    return answer($event['query']['case']);
}
