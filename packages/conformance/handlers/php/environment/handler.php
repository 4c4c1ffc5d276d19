<?php

function handler($event)
{
    return [
        'greeting' => getenv('GREETING') ?: null,
        'inherited' => $_ENV['FROM_REAL_ENV'] ?? null,
        'admin' => getenv('FN_ADMIN_TOKEN') ?: null,
        'foreign' => $_SERVER['FOREIGN_VALUE'] ?? null,
        'path' => getenv('PATH') !== false,
        'cwd' => getcwd(),
    ];
}
