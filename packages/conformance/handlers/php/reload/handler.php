<?php

require '_helper.php';

// BREAK-HERE
function handler($event)
{
    return ['handler' => 'HANDLER-ONE', 'helper' => HELPER];
}
