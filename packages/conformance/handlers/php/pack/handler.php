<?php

require_once 'tiny.php';

function handler($event)
{
    return ['pack' => tiny_name()];
}
