<?php

return fn() => 'neighbour';
