<?php

function handler($event)
{
    return ['package' => Acme\Tiny::name()];
}
