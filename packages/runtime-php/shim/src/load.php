<?php

// Everything, at once: the daemon loads it before it forks, and workers share it.

declare(strict_types=1);

foreach (
    [
        'Answers', 'Bin', 'Call', 'Canceled', 'Child', 'Clock', 'Connection', 'Control', 'Cookies', 'CsvBody', 'Daemon',
        'Describe', 'Event', 'EventFactory', 'Failure', 'Fault', 'Forked', 'FrameReader', 'Headers', 'InvalidResponse', 'Invoke',
        'Io', 'JsonBody', 'Kernel', 'Line', 'LoadError', 'Main', 'Messages', 'Msgpack', 'Output', 'OutputText', 'Packages', 'Program',
        'ProxyReply', 'Reaper', 'Reply', 'Responder', 'Sandbox', 'SandboxReport', 'Seat', 'Server', 'Signals', 'Spawner', 'Spec', 'StartError',
        'Stream', 'Superglobals', 'Tether', 'UserCode', 'Utf8', 'Worker',
    ] as $class
) {
    require __DIR__ . "/$class.php";
}
