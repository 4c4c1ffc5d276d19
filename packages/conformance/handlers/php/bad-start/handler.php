<?php

throw new RuntimeException('no-setting-4712'); // ERROR-LINE

function handler($event)
{
    return 'never';
}
