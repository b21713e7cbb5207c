import type { BrowserInfo } from '@carrel/sdk';
import { Link } from '@tanstack/react-router';
import { CopyButton } from '../../ui/copy.js';
import { Fact, Facts, Panel, Section } from '../../ui/page.js';
import { Ago, formatDuration } from '../../ui/time.js';

const exitText = ({ network: { exit } }: BrowserInfo) =>
  [exit.type, exit.server, exit.country, exit.city].filter((part) => part !== null).join(', ');

/** What a browser is: how it was opened, who it is to pages, where it leaves. */
export function About({ info }: { info: BrowserInfo }) {
  const { identity } = info;
  return (
    <div className="grid gap-5">
      <Panel>
        <Facts>
          <Fact name="Kind">{`${info.kind} ${info.browserVersion ?? ''}`}</Fact>
          <Fact name="Isolation">{[info.isolation.level, ...info.isolation.reasons].join('; ')}</Fact>
          <Fact name="Start">
            {info.startupReason === null ? info.startup : `${info.startup} (${info.startupReason.replace('_', ' ')})`}
          </Fact>
          <Fact name="Standby">{info.standby}</Fact>
          <Fact name="Opened">
            <Ago at={info.createdAt} />
          </Fact>
          <Fact name={info.endedAt === null ? 'Ends at the latest' : 'Ended'}>
            <Ago at={info.endedAt ?? info.expiresAt} />
          </Fact>
          <Fact name="Closes when idle for">{formatDuration(info.idleTimeoutSeconds * 1000)}</Fact>
          <Fact name="Longest life">{formatDuration(info.maxDurationSeconds * 1000)}</Fact>
          <Fact name="End user">
            {info.endUserId === null ? (
              'none'
            ) : (
              <Link to="/end-users/$endUserId" params={{ endUserId: info.endUserId }} className="text-accent hover:underline">
                {info.endUserId}
              </Link>
            )}
          </Fact>
          <Fact name="Profile">
            {info.profile === null ? (
              'none'
            ) : (
              <Link to="/profiles/$profileId" params={{ profileId: info.profile.id }} className="text-accent hover:underline">
                {`${info.profile.id.slice(0, 9)}… version ${info.profile.version ?? 'none'}${info.profile.persist ? ', saved to' : ', only read'}`}
              </Link>
            )}
          </Fact>
          <Fact name="Leaves by">{exitText(info)}</Fact>
          <Fact name="Metadata">
            {Object.entries(info.metadata)
              .map(([name, value]) => `${name}=${value}`)
              .join(', ') || 'none'}
          </Fact>
        </Facts>
      </Panel>
      {identity && (
        <Section title="Who it is to pages">
          <Panel>
            <Facts>
              <Fact name="Locale">{identity.locale}</Fact>
              <Fact name="Languages">{identity.languages.join(', ')}</Fact>
              <Fact name="Time zone">{identity.timezone}</Fact>
              <Fact name="Viewport">{`${identity.viewport.width} × ${identity.viewport.height}`}</Fact>
              <Fact name="Screen">{`${identity.screen.width} × ${identity.screen.height}`}</Fact>
              <Fact name="Colour scheme">{identity.colorScheme}</Fact>
              <Fact name="User agent" isWide>
                {identity.userAgent}
              </Fact>
            </Facts>
          </Panel>
        </Section>
      )}
      {info.cdpUrl !== undefined && (
        <Section title="For Playwright and Puppeteer">
          <Panel className="flex flex-wrap items-center justify-between gap-3">
            <p className="text-sm">The CDP URL is a secret: whoever has it drives this browser.</p>
            <CopyButton look="plain" label="Copy the CDP URL" text={info.cdpUrl} />
          </Panel>
        </Section>
      )}
    </div>
  );
}
