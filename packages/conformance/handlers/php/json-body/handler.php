<?php

function handler($event)
{
    return ['received' => $event->json()];
}
