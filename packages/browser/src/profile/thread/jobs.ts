import { surveyDirectory } from '../survey/survey.js';

/** What is done in threads; what goes in and comes out is copied from one thread to the other. */
export const JOBS = {
  survey: surveyDirectory,
};
export type Jobs = typeof JOBS;
