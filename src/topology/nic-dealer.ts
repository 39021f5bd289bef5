/** The cards of a hop: what it leaves by and what it comes in by; undefined where none is left. */
export interface DealtCards<Card> {
  readonly out: Card | undefined;
  readonly in: Card | undefined;
}

/**
 * Deals cards out to hops, asked for one hop after another in the order of the file: each takes the next card of the host that it leaves and the next of the host that it comes to,
 * which on one host are its next two.
 *
 * @param cards in the order of the file, with the host that each is on; none where there is but one host
 */
export function nicDealer<Card extends { readonly host?: string | undefined }>(
  cards: readonly Card[],
): (out: string | undefined, into: string | undefined) => DealtCards<Card> {
  const left = [...cards];
  const take = (host: string | undefined): Card | undefined => {
    const index = left.findIndex((card) => card.host === host);
    return index < 0 ? undefined : left.splice(index, 1)[0];
  };
  return (out, into) => ({ out: take(out), in: take(into) });
}
