<?php

function tiny_name(): string
{
    return 'tiny';
}
