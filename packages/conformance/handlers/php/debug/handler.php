<?php

function handler($event)
{
    echo "debug line\n";
    return 'ok';
}
