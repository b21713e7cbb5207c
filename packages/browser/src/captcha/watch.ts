import type { Protocol } from 'devtools-protocol';
import { z } from 'zod';
import { CdpSession, type Multiplexer } from '../cdp/index.js';
import { type Answerable, applyText, applyToken, type FoundCaptcha, inPage, placeOfPicture, probe, TAKERS } from './in-page.js';

const ATTACH = { autoAttach: true, waitForDebuggerOnStart: false, flatten: true } as const;
const WORLD = 'carrel-captcha';
/** A page in which nothing changes is asked again after so long. */
const ASK_AGAIN_MS = 600_000;

const HURRIED_MS = 2_000;

/** A document, with the world that is looked from. */
interface FollowedDocument {
  world?: Promise<Protocol.Page.CreateIsolatedWorldResponse>;
}

/** A captcha that stands in a tab. */
export interface Captcha extends FoundCaptcha {
  tabId: string;
}

/** What a page told of itself: it comes out of a world that its scripts do not reach, and is read as if it did not. */
const told = z.array(
  z.object({
    kind: z.enum(['recaptcha', 'hcaptcha', 'turnstile', 'arkose', 'geetest', 'datadome', 'press_and_hold', 'image']),
    siteKey: z.string().max(200).nullable(),
    isFilled: z.boolean(),
  }),
);

/** Services take pictures of at most so many pixels on a side. */
const side = z.number().positive().max(1000);
const pictureIn = z.object({ x: z.number(), y: z.number(), width: side, height: side });

/**
 * Follows which captchas stand in the tabs of a browser. It is one more client of it. Frames of other sites are looked into as well;
 * a page finds out nothing of it, as the script that looks runs in a world of its own and `Runtime` stays off.
 */
export class CaptchaWatch implements AsyncDisposable {
  readonly #session: CdpSession;
  readonly #onChange: (captchas: Captcha[]) => void;
  /** Ids of tabs, by the sessions of their pages and frames. */
  readonly #tabs = new Map<string, string>();
  /** By session and frame. */
  readonly #found = new Map<string, Map<string, FoundCaptcha[]>>();
  /** The document that a frame has now, by session and frame: what an earlier one said is over. */
  readonly #documents = new Map<string, FollowedDocument>();

  /** @param onChange hears of every change; captchas are told apart by tab, kind and key */
  static async start(multiplexer: Pick<Multiplexer, 'attach'>, onChange: (captchas: Captcha[]) => void): Promise<CaptchaWatch> {
    const watch = new CaptchaWatch(await CdpSession.open(multiplexer), onChange);
    await watch.#session.send('Target.setAutoAttach', ATTACH);
    return watch;
  }

  private constructor(session: CdpSession, onChange: (captchas: Captcha[]) => void) {
    this.#session = session;
    this.#onChange = onChange;
    session.on('Target.attachedToTarget', (event, parent) => this.#attached(event, parent));
    session.on('Target.detachedFromTarget', ({ sessionId }) => {
      this.#tabs.delete(sessionId);
      if (this.#found.delete(sessionId)) this.#onChange(this.captchas);
    });
    session.on('Page.frameNavigated', ({ frame }, sessionId) => this.#follow(sessionId, frame.id));
    session.on('Page.frameDetached', ({ frameId }, sessionId) => this.#forget(sessionId, frameId));
  }

  /** Those that stand: unsolved, or pictures with their field filled in, which only the form that is sent solves. */
  get captchas(): Captcha[] {
    const all = [...this.#found].flatMap(([sessionId, frames]) => {
      const tabId = this.#tabs.get(sessionId);
      return tabId === undefined ? [] : [...frames.values()].flat().map((captcha) => ({ ...captcha, tabId }));
    });
    return [...new Map(all.map((captcha) => [JSON.stringify(captcha), captcha])).values()];
  }

  /** Looks at once, and not only a moment after something has changed. Pages that do not answer are as they were. */
  async look(): Promise<void> {
    const looking = [...this.#documents].map(async ([key, document]) => {
      const [sessionId = '', frameId = ''] = key.split(' ');
      const found = await this.#probe(sessionId, document, { last: '', isHurried: true });
      if (found !== null && this.#documents.get(key) === document) this.#learn(sessionId, frameId, told.parse(JSON.parse(found)));
    });
    await Promise.allSettled(looking);
  }

  /** Hands the answer of a solving service to the page. @returns false: there was nothing to hand it to */
  async answer({ tabId, kind }: Pick<Captcha, 'tabId'> & { kind: Answerable }, answer: string): Promise<boolean> {
    const takers = kind === 'image' ? undefined : TAKERS[kind];
    const expression = takers === undefined ? inPage(applyText, answer) : inPage(applyToken, answer, takers.fields, takers.widget);
    const taken = this.#sessionsWith(tabId, kind).map(async (sessionId) => {
      const { result } = await this.#session.send('Runtime.evaluate', { expression, returnByValue: true }, { sessionId });
      return result.value === true;
    });
    return (await Promise.all(taken)).includes(true);
  }

  /** A picture of a captcha of kind `image`, as PNG; undefined: it has gone. */
  async picture(tabId: string): Promise<Buffer | undefined> {
    const [sessionId] = this.#sessionsWith(tabId, 'image');
    if (sessionId === undefined) return undefined;
    const to = { sessionId };
    const expression = inPage(placeOfPicture);
    const { result } = await this.#session.send('Runtime.evaluate', { expression, returnByValue: true }, to);
    const place = pictureIn.safeParse(result.value).data;
    if (place === undefined) return undefined;
    const clip = { ...place, scale: 1 };
    const { data } = await this.#session.send('Page.captureScreenshot', { format: 'png', clip, captureBeyondViewport: true }, to);
    return Buffer.from(data, 'base64');
  }

  /** The sessions of the page and of the frames in whose documents a tab has captchas of a kind. */
  #sessionsWith(tabId: string, kind: Captcha['kind']): string[] {
    const has = (frames: Map<string, FoundCaptcha[]>) => [...frames.values()].flat().some((captcha) => captcha.kind === kind);
    return [...this.#found].filter(([sessionId, frames]) => this.#tabs.get(sessionId) === tabId && has(frames)).map(([id]) => id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
  }

  #attached({ sessionId, targetInfo }: Protocol.Target.AttachedToTargetEvent, parent: string | undefined): void {
    const tabId = targetInfo.type === 'page' ? targetInfo.targetId : this.#tabs.get(parent ?? '');
    if (tabId === undefined || !['page', 'iframe'].includes(targetInfo.type)) return;
    this.#tabs.set(sessionId, tabId);
    const to = { sessionId };
    this.#session.send('Page.enable', undefined, to).catch(gone);
    this.#session.send('Target.setAutoAttach', ATTACH, to).catch(gone);
    const followAll = ({ frame, childFrames = [] }: Protocol.Page.FrameTree) => {
      this.#follow(sessionId, frame.id);
      childFrames.forEach(followAll);
    };
    this.#session.send('Page.getFrameTree', undefined, to).then(({ frameTree }) => followAll(frameTree), gone);
  }

  #follow(sessionId: string | undefined, frameId: string): void {
    if (sessionId === undefined || !this.#tabs.has(sessionId)) return;
    this.#forget(sessionId, frameId);
    const document: FollowedDocument = {};
    this.#documents.set(`${sessionId} ${frameId}`, document);
    this.#ask(sessionId, frameId, document).catch(gone);
  }

  /** Asks a document for what is in it whenever that is something else, until it has gone, which ends the asking with an error. */
  async #ask(sessionId: string, frameId: string, document: FollowedDocument): Promise<void> {
    const world = { frameId, worldName: WORLD };
    document.world = this.#session.send('Page.createIsolatedWorld', world, { sessionId });
    for (let last = '[]'; ; ) {
      const found = await this.#probe(sessionId, document, { last, isHurried: false });
      if (found === null || this.#documents.get(`${sessionId} ${frameId}`) !== document) return;
      last = found;
      this.#learn(sessionId, frameId, told.parse(JSON.parse(last)));
    }
  }

  async #probe(
    sessionId: string,
    { world }: FollowedDocument,
    { last, isHurried }: { last: string; isHurried: boolean },
  ): Promise<string | null> {
    if (world === undefined) return null;
    const { executionContextId: contextId } = await world;
    const expression = inPage(probe, last, isHurried);
    const asking = { expression, contextId, awaitPromise: true, returnByValue: true };
    const timeoutMs = isHurried ? HURRIED_MS : ASK_AGAIN_MS;
    const { result } = await this.#session.send('Runtime.evaluate', asking, { sessionId, timeoutMs });
    return typeof result.value === 'string' ? result.value : null;
  }

  #forget(sessionId: string | undefined, frameId: string): void {
    this.#documents.delete(`${sessionId} ${frameId}`);
    if (sessionId !== undefined && this.#found.get(sessionId)?.has(frameId)) this.#learn(sessionId, frameId, []);
  }

  #learn(sessionId: string, frameId: string, captchas: FoundCaptcha[]): void {
    const frames = this.#found.get(sessionId) ?? new Map<string, FoundCaptcha[]>();
    if (JSON.stringify(frames.get(frameId) ?? []) === JSON.stringify(captchas)) return;
    this.#found.set(sessionId, frames.set(frameId, captchas));
    this.#onChange(this.captchas);
  }
}

/** The document has gone, and what was in it. */
const gone = () => {};
