<?php

function handler($event)
{
    $mode = $event['query']['mode'];
    if ($mode === 'sleep') {
        sleep(60);
    }
    while ($mode === 'busy');
    return 'ok';
}
