<?php

return fn($event, $params) => "returned {$params['id']}";
