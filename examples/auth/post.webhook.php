<?php

// @summary Takes what carries a valid signature: X-Signature is "t=<seconds>,v1=<HMAC-SHA256 of t.body>"
const TOLERANCE_S = 300;

return function (array $event): array {
    parse_str(strtr($event['headers']['x-signature'] ?? '', ',', '&'), $parts);
    $time = $parts['t'] ?? '';
    // The body as it came: JSON that is parsed and written again has other bytes.
    $body = $event['is_base64'] ? base64_decode($event['body']) : (string) $event['body'];
    $wanted = hash_hmac('sha256', "$time.$body", $event['env']['DEMO_WEBHOOK_SECRET']);
    if (!hash_equals($wanted, (string) ($parts['v1'] ?? ''))) {
        return ['status' => 401, 'body' => ['error' => 'The signature does not fit.']];
    }
    if (abs(time() - (int) $time) > TOLERANCE_S) {
        return ['status' => 401, 'body' => ['error' => 'The signature is too old.']];
    }
    return ['received' => json_decode($body, true)['event'] ?? null];
};
