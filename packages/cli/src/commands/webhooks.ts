import type { Webhook, WebhookDelivery, WebhookEventType } from '@carrel/sdk';
import { type Command, Option } from 'commander';
import { idOf, wholeNumber } from '../arguments.js';
import { atMost } from '../at-most.js';
import { connect } from '../connection.js';
import { UsageError } from '../exit-codes.js';
import { confirmed } from '../giving-away.js';
import { countText } from '../size-text.js';
import { printable, type Terminal } from '../terminal.js';

/** Every event that webhooks may be told of, so that none is forgotten here. */
const EVENTS: Record<WebhookEventType, true> = {
  'task.created': true,
  'task.running': true,
  'task.paused': true,
  'task.resumed': true,
  'task.completed': true,
  'task.failed': true,
  'task.cancelled': true,
  'human.asked': true,
  'human.needed': true,
  'login.saved': true,
  'login.failed': true,
};
const STATUSES: readonly WebhookDelivery['status'][] = ['pending', 'delivered', 'failed'];
const KEEP_SECRET = 'Keep the secret: it is not shown again.';
const ID = ['<id>', 'id of the webhook', idOf('webhook')] as const;

const eventsOption = () =>
  new Option('--events <event...>', 'what to tell (default: ends of tasks and logins, and whatever needs a person)').choices(
    Object.keys(EVENTS),
  );

export function webhooksCommand(program: Command, terminal: Terminal): void {
  const webhooks = program.command('webhooks').description('webhooks: who is told of what happens');
  addResources(webhooks, terminal);
  addChanges(webhooks, terminal);
  addDeliveries(webhooks, terminal);
}

/** `ls`, `create`, `rm`. */
function addResources(webhooks: Command, terminal: Terminal): void {
  webhooks
    .command('ls')
    .description('list them, newest first')
    .action(async (_options: object, command: Command) => {
      const list = await (await connect(command, terminal)).webhooks.list().all();
      terminal.result(list, () => {
        if (list.length === 0) return terminal.colors.dim('No webhooks.');
        const rows = list.map(({ id, url, isEnabled, events }) => [
          id,
          isEnabled ? terminal.colors.green('on') : terminal.colors.yellow('off'),
          printable(url),
          events.join(' '),
        ]);
        return terminal.table(['ID', 'STATE', 'URL', 'EVENTS'], rows);
      });
    });
  webhooks
    .command('create')
    .description('make one; its secret is shown this once')
    .argument('<to>', 'the URL to POST to')
    .addOption(eventsOption())
    .action(async (to: string, { events }: { events?: WebhookEventType[] }, command: Command) => {
      showWithSecret(await (await connect(command, terminal)).webhooks.create({ url: to, ...(events && { events }) }), terminal);
    });
  webhooks
    .command('rm')
    .description('delete one with the log of its deliveries; asks first on a terminal')
    .argument(...ID)
    .option('--yes', 'do not ask')
    .action(async (id: string, { yes }: { yes?: boolean }, command: Command) => {
      const client = await connect(command, terminal);
      if (!(await confirmed(`Delete ${id} with the log of its deliveries?`, yes, terminal))) return;
      await client.webhooks.delete(id);
      terminal.result({ deleted: id }, () => `Deleted ${id}`);
    });
}

interface UpdateOptions {
  to?: string;
  events?: WebhookEventType[];
  enable?: boolean;
  disable?: boolean;
}

/** `update`, `rotate-secret`. */
function addChanges(webhooks: Command, terminal: Terminal): void {
  webhooks
    .command('update')
    .description('change where to, what of, or whether anything is delivered')
    .argument(...ID)
    .option('--to <url>', 'the URL to POST to')
    .addOption(eventsOption())
    .option('--enable', 'deliver')
    .addOption(new Option('--disable', 'deliver nothing, and keep nothing to be').conflicts('enable'))
    .action(async (id: string, { to, events, enable, disable }: UpdateOptions, command: Command) => {
      const change = {
        ...(to !== undefined && { url: to }),
        ...(events && { events }),
        ...((enable || disable) && { isEnabled: enable === true }),
      };
      if (Object.keys(change).length === 0) throw new UsageError('Say what to change: --to, --events, --enable or --disable.');
      const webhook = await (await connect(command, terminal)).webhooks.update(id, change);
      terminal.result(webhook, () => terminal.fields(fieldsOf(webhook)));
    });
  webhooks
    .command('rotate-secret')
    .description('make a new secret, shown this once; for a day deliveries are signed with both')
    .argument(...ID)
    .action(async (id: string, _options: object, command: Command) => {
      showWithSecret(await (await connect(command, terminal)).webhooks.rotateSecret(id), terminal);
    });
}

/** `deliveries`, `redeliver`. */
function addDeliveries(webhooks: Command, terminal: Terminal): void {
  webhooks
    .command('deliveries')
    .description('the log of what was delivered, or is to be, newest first')
    .argument(...ID)
    .addOption(new Option('--status <status>', 'only those in this state').choices(STATUSES))
    .option('--limit <count>', 'at most this many', wholeNumber('deliveries', 1), 50)
    .action(async (id: string, { status, limit }: { status?: WebhookDelivery['status']; limit: number }, command: Command) => {
      const client = await connect(command, terminal);
      const list = await atMost(limit, (size) => client.webhooks.deliveries(id, { ...(status && { status }), limit: size }));
      terminal.result(list, () => {
        if (list.length === 0) return terminal.colors.dim('No deliveries.');
        return terminal.table(
          ['ID', 'EVENT', 'TASK', 'STATE', 'ATTEMPTS', 'LAST', 'NEXT'],
          list.map((delivery) => deliveryRow(delivery, terminal)),
        );
      });
    });
  webhooks
    .command('redeliver')
    .description('deliver something again, under the same id')
    .argument(...ID)
    .argument('<delivery>', 'id of the delivery', idOf('delivery'))
    .action(async (id: string, deliveryId: string, _options: object, command: Command) => {
      const delivery = await (await connect(command, terminal)).webhooks.redeliver(id, deliveryId);
      terminal.result(delivery, () => `${delivery.id} ${delivery.status}`);
    });
}

const fieldsOf = ({ id, url, events, isEnabled }: Webhook): [string, string][] => [
  ['id', id],
  ['url', printable(url)],
  ['events', events.join(' ')],
  ['state', isEnabled ? 'on' : 'off'],
];

function showWithSecret(webhook: Webhook, terminal: Terminal): void {
  const secret = webhook.secret ?? '(lost on the way: carrel webhooks rotate-secret makes another)';
  terminal.result(webhook, () => terminal.fields([...fieldsOf(webhook), ['secret', secret]]));
  terminal.note(terminal.noteColors.dim(KEEP_SECRET));
}

function deliveryRow({ id, type, taskId, browserId, status, attempts, nextAttemptAt }: WebhookDelivery, { colors }: Terminal): string[] {
  const last = attempts.at(-1);
  const paint = { delivered: colors.green, failed: colors.red, pending: colors.yellow }[status];
  const outcome = last === undefined ? '' : (last.error ?? String(last.status ?? ''));
  return [
    id,
    type,
    taskId ?? browserId ?? '',
    paint(status),
    countText(attempts.length, 'attempt'),
    printable(outcome),
    nextAttemptAt ?? '',
  ];
}
