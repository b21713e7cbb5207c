import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import type { BrowserKind } from '@carrel/protocol';
import { Carrel } from '@carrel/sdk';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mainProcess } from '../../../packages/browser/src/testing/processes.js';
import { greetingPage, startSite, startTestServer, type TestServer, type TestSite } from '../running/server-and-site.js';

let server: TestServer;
let site: TestSite;
let client: Carrel;
/** What pages try to reach on this machine, past their proxy. */
let udp: DatagramSocket;
let tcp: Server;
let arrived = 0;
beforeAll(async () => {
  site = await startSite(greetingPage);
  udp = createSocket('udp4', () => arrived++).bind(0, '0.0.0.0');
  tcp = createServer((socket) => {
    arrived++;
    socket.destroy();
  }).listen(0, '0.0.0.0');
  await Promise.all([once(udp, 'listening'), once(tcp, 'listening')]);
  server = await startTestServer({ CARREL_EGRESS_ALLOW: new URL(site.url).host });
  client = new Carrel({ url: server.url, apiKey: server.apiKey });
});
afterAll(async () => {
  udp?.close();
  tcp?.close();
  await server?.[Symbol.asyncDispose]();
  await site?.[Symbol.asyncDispose]();
});

/** Counters of the network namespace that a process is in, such as `Udp.OutDatagrams` (proc_pid_net(5)). */
function countersOf(pid: number): Map<string, number> {
  const lines = readFileSync(`/proc/${pid}/net/snmp`, 'utf8').trim().split('\n');
  const counters = new Map<string, number>();
  for (let at = 0; at + 1 < lines.length; at += 2) {
    const [names = [], values = []] = [lines[at], lines[at + 1]].map((line) => line?.split(/:? /));
    for (const [index, name] of names.entries()) if (index > 0) counters.set(`${names[0]}.${name}`, Number(values[index]));
  }
  // Version 6 has a name and a value on each line.
  for (const line of readFileSync(`/proc/${pid}/net/snmp6`, 'utf8').trim().split('\n')) {
    const [name = '', value] = line.split(/\s+/);
    counters.set(name, Number(value));
  }
  return counters;
}

describe.each<BrowserKind>(['headless-shell', 'chromium'])('The network of a %s', (kind) => {
  it('should carry nothing but connections to its proxy, whatever a page and its client do', async () => {
    await using browser = await client.browsers.open({ kind });
    const playwright = await chromium.connectOverCDP(browser.cdpUrl);
    const page = playwright.contexts()[0]?.pages()[0];
    if (page === undefined) throw new Error('there is no page');
    await page.goto(site.url);
    const ports = { udp: (udp.address() as AddressInfo).port, tcp: (tcp.address() as AddressInfo).port };
    await page.evaluate(async ({ udp, tcp }) => {
      const servers = [`stun:127.0.0.1:${udp}`, 'stun:192.0.2.1:3478', 'stun:stun.example.com:3478'].map((urls) => ({ urls }));
      const relays = ['udp', 'tcp'].map((transport) => ({
        urls: `turn:127.0.0.1:${transport === 'udp' ? udp : tcp}?transport=${transport}`,
        username: 'x',
        credential: 'x',
      }));
      const peer = new RTCPeerConnection({ iceServers: [...servers, ...relays] });
      peer.createDataChannel('x');
      await peer.setLocalDescription(await peer.createOffer());
      // A peer that tells where it is makes this one try to reach it.
      const candidate = `candidate:1 1 udp 1 127.0.0.1 ${udp} typ host`;
      const answer = peer.localDescription?.sdp.replace('a=setup:actpass', 'a=setup:active') ?? '';
      await peer.setRemoteDescription({ type: 'answer', sdp: answer }).catch(() => {});
      await peer.addIceCandidate({ candidate, sdpMid: '0' }).catch(() => {});
      for (const rel of ['dns-prefetch', 'preconnect', 'prefetch']) {
        document.head.append(Object.assign(document.createElement('link'), { rel, href: `http://name-${rel}.example.com:${tcp}/` }));
        document.head.append(Object.assign(document.createElement('link'), { rel, href: `http://127.0.0.1:${tcp}/` }));
      }
      const outcomes = [
        new WebTransport(`https://127.0.0.1:${udp}/`).ready,
        fetch(`https://127.0.0.1:${tcp}/`),
        fetch(`http://localhost:${tcp}/`, { mode: 'no-cors' }),
        fetch('http://name.example.com/'),
        new Promise((_, reject) => Object.assign(new WebSocket(`ws://127.0.0.1:${tcp}/`), { onerror: reject })),
      ];
      await Promise.race([Promise.allSettled(outcomes), new Promise((resolve) => setTimeout(resolve, 5_000))]);
      await new Promise((resolve) => setTimeout(resolve, 500)); // for what WebRTC would send again
    }, ports);
    const session = await playwright.newBrowserCDPSession();
    await session.send('Target.createTarget', { url: `http://127.0.0.1:${ports.tcp}/` }).catch(() => {}); // refused or not: it must not get there
    const main = mainProcess(`/${browser.id}/profile`);
    const counters = countersOf(main);
    const sent = ['Udp.OutDatagrams', 'UdpLite.OutDatagrams', 'Icmp.OutMsgs', 'Udp6OutDatagrams', 'Tcp.AttemptFails'];
    expect(sent.map((name) => [name, counters.get(name)])).toEqual(sent.map((name) => [name, 0]));
    // Each connection that was made was accepted in the same namespace, where nothing but its proxy listens.
    expect(counters.get('Tcp.ActiveOpens')).toBeGreaterThan(0);
    expect(counters.get('Tcp.ActiveOpens')).toBe(counters.get('Tcp.PassiveOpens'));
    const devices = readFileSync(`/proc/${main}/net/dev`, 'utf8').match(/^\s*[\w.]+:/gm);
    expect(devices?.map((name) => name.trim())).toEqual(['lo:']);
    expect(arrived).toBe(0);
    await playwright.close();
  }, 60_000);
});
