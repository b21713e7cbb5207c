export { surveyProfile } from './survey/index.js';
