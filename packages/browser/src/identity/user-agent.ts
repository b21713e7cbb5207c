import type { Identity } from '@carrel/protocol';
import type { Protocol } from 'devtools-protocol';
import type { ChromiumFacts } from '../chromium/index.js';

type Brand = Protocol.Emulation.UserAgentBrandVersion;

const GREASE_CHARACTERS = [' ', '(', ':', '-', '.', '/', ')', ';', '=', '?', '_'];
const GREASE_VERSIONS = ['8', '99', '24'];
/** Where the made-up brand, Chromium and the product stand. */
const ORDERS = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
];

/** What stands for the operating system: in the user agent, and in the client hint. Chromium says x86_64 on every Linux. */
const PLATFORMS: Partial<Record<NodeJS.Platform, { token: string; hint: string }>> = {
  darwin: { token: 'Macintosh; Intel Mac OS X 10_15_7', hint: 'macOS' },
};
const LINUX = { token: 'X11; Linux x86_64', hint: 'Linux' };
const platform = () => PLATFORMS[process.platform] ?? LINUX;

export const majorOf = (version: string): string => version.slice(0, version.indexOf('.'));

/** The user agent that this Chromium has when it is not headless: since version 101 with nothing but the major version. */
export const userAgentOf = ({ version }: ChromiumFacts): string => withVersion(`${majorOf(version)}.0.0.0`);

/** The same in its older, longer form. */
export const fullUserAgentOf = ({ version }: ChromiumFacts): string => withVersion(version);

const withVersion = (version: string) =>
  `Mozilla/5.0 (${platform().token}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version} Safari/537.36`;

/**
 * The override that gives pages and workers the identity's user agent, its client hints and its languages. By itself Chromium has no
 * detailed hints once `--user-agent` is given, and a headless shell calls itself one.
 */
export function userAgentOverride(
  { userAgent, languages }: Identity,
  chromium: ChromiumFacts,
): Protocol.Emulation.SetUserAgentOverrideRequest {
  const { version } = chromium;
  const isArm = process.arch === 'arm64';
  return {
    userAgent,
    acceptLanguage: languages.join(','),
    userAgentMetadata: {
      brands: brandsOf(chromium, majorOf),
      fullVersionList: brandsOf(chromium, (full) => full),
      fullVersion: version,
      platform: platform().hint,
      platformVersion: '', // as Chromium says on Linux
      architecture: isArm ? 'arm' : 'x86',
      bitness: '64',
      model: '',
      mobile: false,
      wow64: false,
      formFactors: ['Desktop'],
    },
  };
}

/** As they stand in the headers `Sec-CH-UA` and `Sec-CH-UA-Full-Version-List`. */
export function brandHeaders(chromium: ChromiumFacts): Readonly<Record<string, string>> {
  const asHeader = (brands: Brand[]) => brands.map(({ brand, version }) => `"${brand}";v="${version}"`).join(', ');
  return {
    'sec-ch-ua': asHeader(brandsOf(chromium, majorOf)),
    'sec-ch-ua-full-version-list': asHeader(brandsOf(chromium, (full) => full)),
  };
}

/**
 * The brands of a version, with one among them that is made up and changes with the version, as Chromium makes them
 * (`components/embedder_support/user_agent_utils.cc`, `GenerateBrandVersionList`).
 */
function brandsOf({ product, version }: ChromiumFacts, form: (version: string) => string): Brand[] {
  const seed = Number(majorOf(version));
  const pick = <T>(from: readonly T[], at: number) => from[at % from.length] as T;
  const made = {
    brand: `Not${pick(GREASE_CHARACTERS, seed)}A${pick(GREASE_CHARACTERS, seed + 1)}Brand`,
    version: form(`${pick(GREASE_VERSIONS, seed)}.0.0.0`),
  };
  const chromium = { brand: 'Chromium', version: form(version) };
  if (product !== 'Google Chrome') return seed % 2 === 0 ? [made, chromium] : [chromium, made];
  const brands: Brand[] = [];
  const order = pick(ORDERS, seed);
  for (const [index, brand] of [made, chromium, { brand: product, version: form(version) }].entries())
    brands[order[index] ?? index] = brand;
  return brands;
}
