<?php

function handler($event)
{
    echo "throws-ran\n";
    throw new DomainException('boom-4711'); // ERROR-LINE
}
