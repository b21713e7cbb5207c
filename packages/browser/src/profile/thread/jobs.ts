import { mergeDirectories } from '../merge/merge.js';
import { overlayDirectory } from '../overlay/overlay.js';
import { surveyDirectory } from '../survey/survey.js';

/** What is done in threads; what goes in and comes out is copied from one thread to the other. */
export const JOBS = {
  survey: surveyDirectory,
  overlay: overlayDirectory,
  merge: mergeDirectories,
};
export type Jobs = typeof JOBS;
