import { createHash } from 'node:crypto';
import type { Observation } from '@carrel/protocol';
import type { ToolCall } from '../model.js';
import { TurnEnded } from '../turn.js';

const WARN_AT = 3;
const END_AT = 5;

/** Notices when a turn does the same on the same page over and over, in a row or in a circle. */
export class Circles {
  readonly #seen = new Map<string, number>();

  /**
   * @returns what to tell the model, when it has done this before more than once
   * @throws {TurnEnded} when it was told, and went on
   */
  note(observation: Observation | null, calls: readonly ToolCall[]): string | null {
    // What is slow is waited for: time passes, though the page stays as it was.
    if (calls.length === 1 && calls[0]?.name === 'wait') return null;
    const key = createHash('sha256')
      .update(state(observation))
      .update(JSON.stringify(calls.map(({ name, input }) => [name, input])))
      .digest('base64');
    const times = (this.#seen.get(key) ?? 0) + 1;
    this.#seen.set(key, times);
    const did = calls.length === 0 ? 'called no tool' : `called ${calls.map(({ name }) => name).join(', ')} in the same way`;
    if (times >= END_AT) {
      const message = `The agent ${did} ${times} times on the same page, and got nowhere. Put the task in other words, or name another model.`;
      throw new TurnEnded({ stopReason: 'stalled', result: null, failure: { code: 'stalled', message } });
    }
    if (times < WARN_AT) return null;
    return `You have ${did} ${times} times while the page was the same. It does not help: try another way, or call \`done\` and say what you found and what you could not do.`;
  }
}

/** What a page looks like, whatever numbers its elements have. */
const state = (observation: Observation | null) =>
  observation === null
    ? 'unseen'
    : `${observation.metadata.url}\n${observation.metadata.tabId}\n${Math.round(observation.metadata.scroll.y)}\n${observation.snapshot.replace(/ \[(ref=\w+|active)\]/g, '')}`;
