import type { RequestListener } from 'node:http';
import { startSite, type TestSite } from '../running/server-and-site.js';

/** A site of desks, at each of which a bell can be rung. It counts who rings, and knows which of its pages are open in how many browsers. */
export class Desks implements AsyncDisposable {
  /** How often each bell was rung. */
  readonly rung = new Map<string, number>();
  /** How often each desk was come to. */
  readonly visits = new Map<string, number>();
  /** Desks that were open in two browsers at once. */
  readonly overlapped = new Set<string>();
  readonly #open = new Map<string, number>();
  #site: TestSite | undefined;

  static async open(): Promise<Desks> {
    const desks = new Desks();
    desks.#site = await startSite(desks.#answer);
    return desks;
  }

  urlOf(desk: string): string {
    return `${this.#site?.url}/${desk}`;
  }

  readonly #answer: RequestListener = (request, response) => {
    const [, desk = '', what] = (request.url ?? '').split('/');
    if (what === 'ring') {
      this.rung.set(desk, (this.rung.get(desk) ?? 0) + 1);
      response.writeHead(204).end();
    } else if (what === 'here') {
      // Never answered: it lasts as long as the page.
      this.#count(desk, 1);
      response.once('close', () => this.#count(desk, -1));
    } else {
      this.visits.set(desk, (this.visits.get(desk) ?? 0) + 1);
      response.writeHead(200, { 'content-type': 'text/html' }).end(pageOf(desk));
    }
  };

  #count(desk: string, change: 1 | -1): void {
    const open = (this.#open.get(desk) ?? 0) + change;
    this.#open.set(desk, open);
    if (open > 1) this.overlapped.add(desk);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#site?.[Symbol.asyncDispose]();
  }
}

const pageOf = (desk: string) => `<!doctype html><title>Desk</title><h1>Desk ${desk}</h1><button>Ring</button><script>
  const button = document.querySelector('button');
  button.onclick = async () => {
    button.textContent = 'Ringing';
    await fetch('/${desk}/ring', { method: 'POST' });
    button.textContent = 'Rung';
  };
  fetch('/${desk}/here');
</script>`;
