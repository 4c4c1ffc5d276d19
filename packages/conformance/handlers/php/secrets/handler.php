<?php

function handler($event)
{
    return (object) $event['secrets'];
}
