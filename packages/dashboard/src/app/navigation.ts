/** The places of the app, in the order of the side bar; `key` opens one after pressing `g`. */
export const PLACES = [
  { to: '/', title: 'Home', key: 'h' },
  { to: '/browsers', title: 'Browsers', key: 'b' },
] as const;
