import { createHmac } from 'node:crypto';

/**
 * Value of `X-FastFN-Signature`: `t=<epoch seconds>,v1=<hex>`, an HMAC-SHA256 over `<t>.<body>`. The time lets a receiver
 * refuse what somebody recorded and sends again.
 * @param at epoch ms
 */
export function sign(body: string, secret: string, at: number): string {
  const t = Math.floor(at / 1000);
  return `t=${t},v1=${createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')}`;
}
