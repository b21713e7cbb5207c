export { type MergeOptions, mergeProfiles } from './merge/index.js';
export { overlayLocalStorage } from './overlay/index.js';
export { surveyProfile } from './survey/index.js';
