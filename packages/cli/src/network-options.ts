import type { OpenBrowserRequest } from '@carrel/sdk';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { collect } from './arguments.js';

/** What `addExitOptions` adds to a command's options. */
export interface ExitOptions {
  proxies?: true | string;
  proxy?: ProxyServer[];
}

/** What `addNetworkOptions` adds to a command's options. */
export interface NetworkOptions extends ExitOptions {
  allow?: string[];
  deny?: string[];
}

type NetworkRequest = Pick<OpenBrowserRequest, 'proxies' | 'network'>;
type ProxyServer = Extract<NetworkRequest['proxies'], unknown[]>[number];

/** Options that say how a browser leaves. */
export function addExitOptions(command: Command): Command {
  return command
    .addOption(new Option('--proxies [country]', "leave by a proxy of the operator's, in this country (two letters) if one is named"))
    .addOption(
      new Option(
        '--proxy <url>',
        'leave by this proxy: http://, https:// or socks5://, user:password@ if it asks (other users of this machine can see it here); may be repeated, the next is taken when one fails',
      )
        .argParser(collectProxies)
        .conflicts('proxies'),
    );
}

/** Options that say how a browser leaves, and what it may reach. */
export function addNetworkOptions(command: Command): Command {
  return addExitOptions(command)
    .option('--allow <host>', 'let pages reach only this host, such as *.example.com or example.com:443; may be repeated', collect)
    .option('--deny <host>', 'do not let pages reach this host; may be repeated', collect);
}

/** The fields of the request that the options ask for. */
export function toExitRequest({ proxies, proxy }: ExitOptions): Pick<NetworkRequest, 'proxies'> {
  const chosen = proxy ?? proxies;
  return chosen === undefined ? {} : { proxies: chosen };
}

/** The fields of the request that the options ask for. */
export function toNetworkRequest({ allow, deny, ...exit }: NetworkOptions): NetworkRequest {
  return {
    ...toExitRequest(exit),
    ...((allow !== undefined || deny !== undefined) && { network: { ...(allow && { allow }), ...(deny && { deny }) } }),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new InvalidArgumentError('In its user name and password, % is written %25.');
  }
}

function collectProxies(text: string, previous: ProxyServer[] = []): ProxyServer[] {
  if (!URL.canParse(text)) throw new InvalidArgumentError('It must be like socks5://user:password@proxy.example.com:1080.');
  const url = new URL(text);
  const [username, password] = [decode(url.username), decode(url.password)];
  url.username = '';
  url.password = '';
  const server = url.href.replace(/\/$/, '');
  return [...previous, { server, ...(username !== '' && { username }), ...(password !== '' && { password }) }];
}
