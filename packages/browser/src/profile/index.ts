export { overlayLocalStorage } from './overlay/index.js';
export { surveyProfile } from './survey/index.js';
