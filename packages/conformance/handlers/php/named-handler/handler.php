<?php

function handler($event)
{
    return 'wrong';
}

function greet($event)
{
    return 'greet';
}
