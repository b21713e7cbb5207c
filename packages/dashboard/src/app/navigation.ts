import {
  BookUser,
  Bot,
  CirclePlay,
  FlaskConical,
  Globe,
  House,
  KeyRound,
  type LucideIcon,
  Settings,
  UserRound,
  Webhook,
} from 'lucide-react';

interface Place {
  readonly to: string;
  readonly title: string;
  /** Opens it after pressing `g`. */
  readonly key: string;
  readonly Icon: LucideIcon;
}

/** The places of the app, in the order of the side bar: what runs, what is kept, and what belongs to whoever builds on it. */
export const PLACES = [
  [
    { to: '/', title: 'Home', key: 'h', Icon: House },
    { to: '/browsers', title: 'Browsers', key: 'b', Icon: Globe },
    { to: '/conversations', title: 'Conversations', key: 'c', Icon: Bot },
  ],
  [
    { to: '/profiles', title: 'Profiles', key: 'p', Icon: BookUser },
    { to: '/end-users', title: 'End users', key: 'u', Icon: UserRound },
    { to: '/recordings', title: 'Recordings', key: 'r', Icon: CirclePlay },
  ],
  [
    { to: '/webhooks', title: 'Webhooks', key: 'w', Icon: Webhook },
    { to: '/keys', title: 'Keys and projects', key: 'k', Icon: KeyRound },
    { to: '/playground', title: 'Playground', key: 'l', Icon: FlaskConical },
    { to: '/settings', title: 'Settings', key: 's', Icon: Settings },
  ],
] as const satisfies readonly (readonly Place[])[];

export const ALL_PLACES = PLACES.flat();
