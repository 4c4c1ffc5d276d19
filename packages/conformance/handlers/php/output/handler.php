<?php

function handler($event)
{
    $tag = $event['query']['tag'];
    echo "out-$tag\n";
    error_log("err-$tag");
    usleep(50_000);
    echo "end-$tag\n";
    return 'ok';
}
