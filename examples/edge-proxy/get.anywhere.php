<?php

// Goes wherever the client says: what is allowed is decided by the configuration, not by this code.
return fn (array $event): array => ['proxy' => ['url' => $event['query']['url'] ?? '']];
