import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIP } from 'node:net';

/** A name server on a port of loopback, for names that tests make up. */
export interface NameServer extends AsyncDisposable {
  /** As `EgressPolicy` takes it. */
  address: string;
  /** The names that it was asked for IPv4 addresses of. */
  asked: string[];
}

const A = 1;
const AAAA = 28;

/**
 * Starts one (RFC 1035, section 4, as far as it takes: one question, answers without compression beyond the pointer to the question).
 * @param addressesOf called for each question for IPv4 addresses; the IPv6 addresses among those of the last call answer the other kind
 */
export async function startNameServer(addressesOf: (name: string, time: number) => readonly string[] | 'silence'): Promise<NameServer> {
  const asked: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address }) => {
    const { name, type, end } = readQuestion(query);
    if (type === A) asked.push(name);
    const times = asked.filter((other) => other === name).length;
    const addresses = addressesOf(name, Math.max(times, 1));
    if (addresses === 'silence') return;
    const wanted = addresses.filter((text) => isIP(text) === (type === A ? 4 : type === AAAA ? 6 : 0));
    socket.send(
      Buffer.concat([header(query, addresses.length === 0, wanted.length), query.subarray(12, end), ...wanted.map(record)]),
      port,
      address,
    );
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      socket.close();
      await once(socket, 'close');
    },
  };
}

function readQuestion(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

function header(query: Buffer, isUnknown: boolean, answers: number): Buffer {
  const head = Buffer.alloc(12);
  query.copy(head, 0, 0, 2);
  head.writeUInt16BE(0x8180 | (isUnknown ? 3 : 0), 2); // an answer; 3: no such name
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(answers, 6);
  return head;
}

function record(address: string): Buffer {
  const isV4 = isIP(address) === 4;
  const data = isV4 ? Buffer.from(address.split('.').map(Number)) : v6Bytes(address);
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0); // the name of the question
  head.writeUInt16BE(isV4 ? A : AAAA, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(data.length, 10); // after a time to live of 0
  return Buffer.concat([head, data]);
}

function v6Bytes(address: string): Buffer {
  const [left = '', right = ''] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groups = (part: string) => part.split(':').filter((group) => group !== '');
  const zeros = Array.from({ length: 8 - groups(left).length - groups(right).length }, () => '0');
  return Buffer.from([...groups(left), ...zeros, ...groups(right)].map((group) => group.padStart(4, '0')).join(''), 'hex');
}
