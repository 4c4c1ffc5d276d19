<?php

function handler($event)
{
    return ['size' => strlen($event->raw_body)];
}
