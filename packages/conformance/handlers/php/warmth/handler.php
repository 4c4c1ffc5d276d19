<?php

function handler()
{
    return 'ok';
}
