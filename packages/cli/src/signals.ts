const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Calls back at the first signal to stop. A second one ends the process at once: what happens then is the system's again. */
export function onFirstSignal(callback: (signal: NodeJS.Signals) => void): () => void {
  const letGo = () => {
    for (const name of SIGNALS) process.off(name, onSignal);
  };
  const onSignal = (signal: NodeJS.Signals) => {
    letGo();
    callback(signal);
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return letGo;
}
