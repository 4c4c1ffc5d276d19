<?php

function handler($event)
{
    if ($event['query']['mode'] === 'exit') {
        // PHP's own exit() ends the answer, not the world.
        posix_kill(getmypid(), SIGKILL);
    }
    return ['pid' => getmypid()];
}
