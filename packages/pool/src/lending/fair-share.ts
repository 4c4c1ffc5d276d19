/** How many workers of a function one gateway keeps and waits for. */
export interface Share {
  readonly kept: number;
  /** Of those, asked back already. */
  readonly recalling: number;
  /** Calls that wait for another one. */
  readonly asking: number;
}

/**
 * Whom to ask for one worker more of a function of which there are not enough: the gateway that keeps the most, when it keeps
 * more than its share and another one less. Those who have nothing get one, even when there are fewer workers than gateways:
 * then they take turns.
 * @returns index of the one to ask, -1: nobody has too many.
 */
export function whomToAsk(shares: readonly Share[]): number {
  const total = shares.reduce((sum, { kept }) => sum + kept, 0);
  const claimants = shares.filter(({ kept, asking }) => kept > 0 || asking > 0).length;
  if (claimants < 2) return -1;
  const fair = Math.floor(total / claimants);
  let missing = 0;
  let coming = 0;
  let richest = -1;
  for (const [index, { kept, recalling, asking }] of shares.entries()) {
    missing += Math.max(0, Math.min(asking, Math.max(fair, 1) - kept));
    coming += recalling;
    if (richest === -1 || kept - recalling > shares[richest]!.kept - shares[richest]!.recalling) richest = index;
  }
  if (coming >= missing || richest === -1) return -1;
  const { kept, recalling } = shares[richest]!;
  return kept - recalling > fair ? richest : -1;
}
