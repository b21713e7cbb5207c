import { useSyncExternalStore } from 'react';

const subscribe = (listener: () => void) => {
  document.addEventListener('visibilitychange', listener);
  return () => document.removeEventListener('visibilitychange', listener);
};
const isShown = () => document.visibilityState === 'visible';

/** Whether the page is the one that is looked at. Of one that is not, nothing is followed: browsers keep few connections to one server. */
export const useIsVisible = (): boolean => useSyncExternalStore(subscribe, isShown);
