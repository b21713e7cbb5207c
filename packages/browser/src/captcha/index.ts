export { type Captcha, CaptchaWatch } from './watch.js';
