/**
 * The order of the contenders in one round. Over the rounds every order comes up equally often, so that each contender runs as often after
 * each other one, and what one leaves behind (a page cache, processes that still die) falls on all alike.
 *
 * @param round from 0
 */
export function orderOfRound<T>(contenders: readonly T[], round: number): T[] {
  const left = [...contenders];
  const order: T[] = [];
  // The digits of the round's number in the factorial number system choose one permutation (Lehmer code).
  let rest = round;
  while (left.length > 0) {
    const [chosen] = left.splice(rest % left.length, 1);
    rest = Math.floor(rest / (left.length + 1));
    order.push(chosen as T);
  }
  return order;
}
