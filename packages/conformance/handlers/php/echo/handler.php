<?php

function handler($event)
{
    return $event;
}
