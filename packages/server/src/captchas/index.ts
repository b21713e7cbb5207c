export { CaptchaDesk } from './desk.js';
export { SOLVING_SERVICES, SolvingService, type SolvingServiceName } from './solving-service.js';
