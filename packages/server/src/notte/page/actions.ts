import { z } from 'zod';

const selectors = z.object({
  css_selector: z.string().nullish(),
  xpath_selector: z.string().nullish(),
  playwright_selector: z.string().nullish(),
  iframe_parent_css_selectors: z.array(z.string()).nullish(),
});

const plain = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) => z.object({ type: z.literal(type), ...shape });
const onElement = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  plain(type, {
    id: z.string().max(1_000).default(''),
    selector: z.union([z.string().max(8192), selectors]).nullish(),
    press_enter: z.boolean().nullish(),
    text_label: z.string().nullish(),
    timeout: z.number().int().min(0).max(300_000).default(15_000),
    ...shape,
  });

const url = z.string().min(1).max(65_536);
const amount = z.number().int().min(1).max(1_000_000).nullish();
const text = z.string().max(1_000_000);
const filled = { value: text, clear_before_fill: z.boolean().default(true) };
const reading = { limit: z.number().int().nullish(), only_unread: z.boolean().nullish() };

/** What `scrape` takes, as an action and as a call. */
export const scrapeOptions = {
  instructions: z.string().max(32_000).nullish(),
  only_main_content: z.boolean().default(false),
  selector: z.string().max(8192).nullish(),
  only_images: z.boolean().default(false),
  scrape_links: z.boolean().default(true),
  scrape_images: z.boolean().default(false),
  ignored_tags: z.array(z.string()).nullish(),
  /** A JSON Schema. */
  response_format: z.record(z.string(), z.unknown()).nullish(),
  /** That is asked; what is asked when none is named is the server's. */
  model: z.string().max(255).nullish(),
  use_link_placeholders: z.boolean().default(false),
};

/** Every action of Notte's, with the fields that mean something here. */
export const notteAction = z.discriminatedUnion('type', [
  plain('goto', { url, wait_until: z.enum(['commit', 'domcontentloaded', 'load', 'networkidle']).nullish() }),
  plain('goto_new_tab', { url }),
  plain('close_tab', {}),
  plain('switch_tab', { tab_index: z.number().int() }),
  plain('go_back', {}),
  plain('go_forward', {}),
  plain('reload', {}),
  plain('wait', { time_ms: z.number().int().min(0).max(30_000) }),
  plain('press_key', { key: z.string().min(1).max(64) }),
  plain('scroll_up', { amount }),
  plain('scroll_down', { amount }),
  plain('captcha_solve', { captcha_type: z.string().nullish() }),
  plain('help', { reason: z.string() }),
  plain('completion', { success: z.boolean(), answer: z.string() }),
  plain('scrape', { ...scrapeOptions, only_main_content: z.boolean().default(true) }),
  plain('email_read', reading),
  plain('sms_read', reading),
  plain('email_verification_read', { mailbox_id: z.string(), sender_domain: z.string(), max_age_seconds: z.number().nullish() }),
  plain('evaluate_js', { code: z.string().min(1).max(1_000_000) }),
  plain('form_fill', { value: z.record(z.string().max(64), text).refine((value) => Object.keys(value).length > 0, 'names no field') }),
  onElement('click', {}),
  onElement('fill', filled),
  onElement('multi_factor_fill', filled),
  onElement('fallback_fill', filled),
  onElement('check', { value: z.boolean() }),
  onElement('select_dropdown_option', { value: text }),
  onElement('upload_file', { file_path: z.string().min(1).max(4096) }),
  onElement('download_file', {}),
]);
export type NotteAction = z.output<typeof notteAction>;
export type NotteActionType = NotteAction['type'];
export type NotteActionOf<T extends NotteActionType> = Extract<NotteAction, { type: T }>;
export type ElementAction = Extract<NotteAction, { timeout: number }>;

/** The action as it goes back to the client: what it said, without what is null, which some of its models do not take. */
export const echoed = (action: NotteAction): Record<string, unknown> =>
  Object.fromEntries(Object.entries(action).filter(([, value]) => value !== null && value !== undefined));
