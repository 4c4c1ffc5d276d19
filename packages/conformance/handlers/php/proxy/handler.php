<?php

function handler($event)
{
    return [
        'proxy' => [
            'url' => $event['query']['url'] ?? null,
            'path' => $event['query']['path'] ?? null,
            'method' => $event['method'],
            'headers' => ['x-sent' => 'by the handler'],
            'body' => $event['body'],
        ],
    ];
}
