import type { Account } from '@carrel/sdk';
import { Link } from '@tanstack/react-router';
import { Bot, Globe, type LucideIcon, UserRound } from 'lucide-react';
import type { ReactNode } from 'react';
import { buttonClass } from '../../ui/button.js';
import { Panel, Section } from '../../ui/page.js';
import { FromCode } from './from-code.js';

function Step({ Icon, title, action, children }: { Icon: LucideIcon; title: string; action: ReactNode; children: ReactNode }) {
  return (
    <Panel className="grid grid-rows-[auto_1fr_auto] gap-2">
      <h3 className="flex items-center gap-2 text-base font-semibold">
        <Icon className="size-4 text-accent" aria-hidden="true" />
        {title}
      </h3>
      <p className="text-sm text-soft">{children}</p>
      <div className="pt-1">{action}</div>
    </Panel>
  );
}

/** What can be done here, for whoever has done nothing yet. */
export function FirstRun({ account }: { account: Account }) {
  return (
    <>
      <Section title="Begin here">
        <div className="grid gap-3 md:grid-cols-3">
          <Step
            Icon={Globe}
            title="Open a browser"
            action={
              <Link to="/browsers" search={{ open: 'new' }} className={buttonClass('primary')}>
                Open a browser
              </Link>
            }
          >
            An own Chromium in an own sandbox. Watch it, take it over, see what an agent sees of its page.
          </Step>
          <Step
            Icon={Bot}
            title="Give an agent a task"
            action={
              <Link to="/conversations" className={buttonClass()}>
                Begin a conversation
              </Link>
            }
          >
            Say in words what is to be done, follow each step, and ask on: every turn knows what came of the one before.
          </Step>
          <Step
            Icon={UserRound}
            title="Stay signed in"
            action={
              <Link to="/profiles" className={buttonClass()}>
                Make a profile
              </Link>
            }
          >
            A profile keeps a login, encrypted, for the next browser. A person signs in once, by a link.
          </Step>
        </div>
      </Section>
      <Section title="From code">
        <FromCode account={account} />
      </Section>
    </>
  );
}
