<?php

function handler($event)
{
    echo $event['query']['mode'];
    exit;
}
