<?php

$count = 0;

function handler($event)
{
    global $count;
    return ['count' => ++$count, 'pid' => getmypid()];
}
