<?php

const STATE = '.state';

function note(string $name, string $text): void
{
    @mkdir(STATE);
    file_put_contents(STATE . '/' . $name, $text);
}

function text()
{
    yield 'one ';
    usleep(1000);
    yield 'two ';
    yield 'three';
}

function bytes()
{
    yield "\x00\xff\x01";
    yield "\xfe\x02";
}

function events(string $tag)
{
    yield "data: 1\n\n";
    while (!file_exists(STATE . "/go-$tag")) {
        clearstatcache();
        usleep(5000);
    }
    yield "data: 2\n\n";
}

function letters()
{
    yield 'a';
    yield 'b';
}

function nothing()
{
    yield from [];
}

function fails()
{
    yield 'before';
    usleep(20_000);
    throw new RuntimeException('stream-boom');
}

function flood(string $tag)
{
    $piece = str_repeat('f', 65536);
    try {
        for ($sent = 1; $sent <= 1000; $sent++) {
            note("sent-$tag", (string) $sent);
            yield $piece;
        }
    } finally {
        note("closed-$tag", '');
    }
}

function endlessly(string $tag)
{
    try {
        while (true) {
            yield "tick\n";
            usleep(5000);
        }
    } finally {
        note("closed-$tag", '');
    }
}

function handler($event)
{
    $tag = $event['query']['tag'] ?? '';
    return match ($event['query']['mode']) {
        'text' => text(),
        'bytes' => bytes(),
        'sse' => ['headers' => ['content-type' => 'text/event-stream'], 'body' => events($tag)],
        'envelope' => [
            'status' => 201,
            'headers' => ['x-stream' => 'yes', 'content-type' => 'text/x-thing'],
            'body' => letters(),
        ],
        'empty' => nothing(),
        'fail' => fails(),
        'flood' => flood($tag),
        'endless' => endlessly($tag),
    };
}
