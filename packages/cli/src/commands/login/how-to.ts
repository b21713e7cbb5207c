interface Situation {
  browserId: string;
  liveUrl: string;
  url: string;
  options: { untilUrl?: string; untilCookie?: string };
  isTerminal: boolean;
}

/** What a person does now: the ways to sign in, and what ends the waiting. */
export function howToSignIn({ browserId, liveUrl, url, options, isTerminal }: Situation): string {
  const conditions = [
    ...(options.untilUrl === undefined ? [] : [`a tab is at ${options.untilUrl}`]),
    ...(options.untilCookie === undefined ? [] : [`there is a cookie ${options.untilCookie}`]),
  ].join(' and ');
  const byHand = isTerminal ? 'Press Enter here when you are signed in' : 'A line of input, or its end, says that you are signed in';
  const ending = conditions === '' ? byHand : `It is done once ${conditions}${isTerminal ? ', or you press Enter here' : ''}`;
  return `
The browser is at ${url}. Sign in by this link, which whoever has it can use:
  ${liveUrl}
or from another terminal:
  carrel observe ${browserId}                      what the page shows: each field has a ref
  carrel exec ${browserId} fill e5 value=…         a field; \`--ask value\` asks for it unseen
  carrel exec ${browserId} click e7                a button
  carrel screenshot ${browserId} -o page.png       to see it
or by a script: (await chromium.connectOverCDP(cdpUrl)).contexts()[0].pages()[0].

${ending}: then it is closed and saved. Who signs in by the link has no Done there, and tells you.`;
}
