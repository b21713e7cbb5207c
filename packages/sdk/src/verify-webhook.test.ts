import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { verifyWebhook } from './verify-webhook.js';

const NOW_MS = 1_763_769_600_000;
const SECRET = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`;
const BODY = JSON.stringify({ type: 'task.completed', timestamp: '2026-11-22T00:00:00.000Z', data: { taskId: 't_1' } });

/** As a sender signs, by Node's own HMAC. */
function delivery({ secret = SECRET, body = BODY, id = 'msg_1', sentMs = NOW_MS } = {}) {
  const timestamp = String(Math.floor(sentMs / 1000));
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
const verify = (headers: Parameters<typeof verifyWebhook>[1], body = BODY, secret: string | string[] = SECRET) =>
  verifyWebhook(body, headers, secret, { nowMs: NOW_MS });

describe('verifyWebhook', () => {
  it('should take what is signed, and give it', async () => {
    expect(await verify(delivery())).toMatchObject({ type: 'task.completed', data: { taskId: 't_1' } });
    expect(await verify(new Headers(delivery()))).toMatchObject({ type: 'task.completed' });
    const bytes = new TextEncoder().encode(BODY);
    expect(await verifyWebhook(bytes, delivery(), SECRET, { nowMs: NOW_MS })).toMatchObject({ type: 'task.completed' });
  });

  it('should take the example of Standard Webhooks', async () => {
    const headers = {
      'Webhook-Id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'Webhook-Timestamp': '1614265330',
      'Webhook-Signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    };
    const taken = verifyWebhook('{"test": 2432232314}', headers, 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', { nowMs: 1_614_265_330_000 });
    expect(await taken).toEqual({ test: 2432232314 });
  });

  it('should take either secret and either signature while one takes the place of another', async () => {
    const other = `whsec_${Buffer.from('another secret of the same kind').toString('base64')}`;
    expect(await verify(delivery({ secret: other }), BODY, [SECRET, other])).toBeDefined();
    const [old, renewed] = [delivery({ secret: other }), delivery()];
    const both = `v1a,AAAA ${old['webhook-signature']} ${renewed['webhook-signature']}`;
    expect(await verify({ ...renewed, 'webhook-signature': both })).toBeDefined();
  });

  it.each([
    ['another body', delivery(), BODY.replace('t_1', 't_2')],
    ['another id', { ...delivery(), 'webhook-id': 'msg_2' }, BODY],
    ['another secret', delivery({ secret: `whsec_${Buffer.from('another').toString('base64')}` }), BODY],
    ['a later time than was signed', { ...delivery({ sentMs: NOW_MS - 400_000 }), 'webhook-timestamp': String(NOW_MS / 1000) }, BODY],
    ['an old one sent again', delivery({ sentMs: NOW_MS - 301_000 }), BODY],
    ['one of the future', delivery({ sentMs: NOW_MS + 301_000 }), BODY],
    ['no time', { ...delivery(), 'webhook-timestamp': 'now' }, BODY],
    ['no signature', { ...delivery(), 'webhook-signature': undefined }, BODY],
    ['a signature of another scheme', { ...delivery(), 'webhook-signature': delivery()['webhook-signature'].replace('v1,', 'v2,') }, BODY],
    ['what is no base64', { ...delivery(), 'webhook-signature': 'v1,%%%' }, BODY],
  ])('should refuse %s', async (_, headers, body) => {
    await expect(verify(headers, body)).rejects.toMatchObject({ code: 'invalid_webhook' });
  });

  it('should say that a secret is none', async () => {
    await expect(verify(delivery(), BODY, 'whsec_')).rejects.toMatchObject({ code: 'invalid_configuration' });
  });
});
