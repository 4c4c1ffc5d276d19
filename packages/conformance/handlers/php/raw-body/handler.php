<?php

function handler($event)
{
    return ['headers' => ['content-type' => $event['headers']['content-type']], 'body' => $event->raw_body];
}
