export type { Answerable } from './apply.js';
export { type Captcha, CaptchaWatch } from './watch.js';
