<?php

function handler($event)
{
    if ($event['query']['mode'] === 'exit') {
        // PHP's own exit() ends the answer, not the world: another program takes the place of this one, and fails.
        pcntl_exec('/bin/sh', ['-c', 'exit 3']);
    }
    return ['pid' => getmypid()];
}
