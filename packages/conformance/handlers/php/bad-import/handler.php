<?php

require '_missing.php';

function handler($event)
{
    return VALUE;
}
