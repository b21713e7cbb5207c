export { type CaptchaDesk, givenUpNotice } from './desk.js';
export { captchaDesks } from './desks.js';
export { SOLVING_SERVICES, type SolvingServiceName } from './solving-service.js';
