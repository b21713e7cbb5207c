/** The places of the app, in the order of the side bar; `key` opens one after pressing `g`. */
export const PLACES = [
  { to: '/', title: 'Home', key: 'h' },
  { to: '/browsers', title: 'Browsers', key: 'b' },
  { to: '/conversations', title: 'Conversations', key: 'c' },
  { to: '/profiles', title: 'Profiles', key: 'p' },
  { to: '/end-users', title: 'End users', key: 'u' },
  { to: '/recordings', title: 'Recordings', key: 'r' },
  { to: '/webhooks', title: 'Webhooks', key: 'w' },
  { to: '/keys', title: 'Keys and projects', key: 'k' },
  { to: '/settings', title: 'Settings', key: 's' },
  { to: '/playground', title: 'Playground', key: 'l' },
] as const;
