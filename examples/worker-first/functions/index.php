<?php

// The home page is made, not stored: what asset it would hide does not matter.
return function (array $event): array {
    $name = $event['session']['cookies']['name'] ?? 'stranger';
    return [
        'headers' => ['Content-Type' => 'text/html; charset=utf-8'],
        'body' => '<!doctype html><h1>Hello, ' . htmlspecialchars($name) . "</h1>\n",
    ];
};
