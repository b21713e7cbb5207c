import { CarrelError } from '@carrel/protocol';
import type { OpenBrowser } from '../browsers/open-browser.js';
import type { Control, LiveLinks } from '../live/index.js';
import type { Settings } from '../settings/index.js';
import { CaptchaDesk } from './desk.js';
import { SolvingService } from './solving-service.js';

const SOLVED = 'Thank you, that was all. You can close this page.';
const TOO_LATE = 'The time for this is over, and nobody is waited for any more. You can close this page.';

export interface DeskOptions {
  readonly settings: Pick<Settings, 'captchaService' | 'captchaApiKey' | 'captchaUrl' | 'humanTimeoutSeconds'>;
  readonly links: LiveLinks;
  readonly control: Pick<Control, 'holderOf' | 'onChange'>;
}

/**
 * Makes the desks of browsers: with the service that the operator has set, and live links for people.
 * @throws {CarrelError} `invalid_request` when only a part of the service is set
 */
export function captchaDesks({ settings, links, control }: DeskOptions): (browser: OpenBrowser) => CaptchaDesk {
  const { captchaService: name, captchaApiKey: apiKey, captchaUrl: url, humanTimeoutSeconds } = settings;
  if ((name === undefined) !== (apiKey === undefined)) {
    throw new CarrelError('invalid_request', 'CARREL_CAPTCHA_SERVICE and CARREL_CAPTCHA_API_KEY go together: set both, or neither.');
  }
  const service = name === undefined || apiKey === undefined ? undefined : new SolvingService({ name, apiKey, url });
  return (browser) =>
    new CaptchaDesk({
      browser: browser.engine,
      service,
      humanTimeoutMs: humanTimeoutSeconds * 1000,
      log: (type, data) => browser.tell(type, data),
      holding: {
        isHeld: () => control.holderOf(browser.id) !== undefined,
        onChange: (listener) => control.onChange((id) => id === browser.id && listener()),
      },
      askHuman: (wish) => {
        const { link, url: liveUrl } = links.create(browser, { scope: 'control', ttlSeconds: humanTimeoutSeconds });
        const since = link.createdAt.toISOString();
        const needed = { ...wish, since, expiresAt: link.expiresAt.toISOString(), liveUrl };
        // Of that of a turn webhooks hear by its task: `human.asked`.
        const done = browser.needHuman(needed, { isTold: !browser.isOfTurn });
        return (isDone) => {
          links.finish(link, isDone ? SOLVED : TOO_LATE);
          done(isDone);
        };
      },
    });
}
