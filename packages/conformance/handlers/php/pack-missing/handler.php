<?php

function handler($event)
{
    return 'never';
}
