import { Client, StreamableHTTPClientTransport, type Transport } from '@modelcontextprotocol/client';
import { expect } from 'vitest';

export const overHttp = (url: string, apiKey: string): Transport =>
  new StreamableHTTPClientTransport(new URL('/mcp', url), { requestInit: { headers: { authorization: `Bearer ${apiKey}` } } });

/** A model's program. */
export class Model implements AsyncDisposable {
  readonly client: Client;

  private constructor(client: Client) {
    this.client = client;
  }

  static async connect(transport: Transport, mode: 'legacy' | 'auto' = 'auto'): Promise<Model> {
    const client = new Client({ name: 'tests', version: '1.0.0' }, { versionNegotiation: { mode } });
    await client.connect(transport);
    return new Model(client);
  }

  async call(name: string, input: Record<string, unknown> = {}, onprogress?: (message: string | undefined) => void) {
    const options = onprogress === undefined ? {} : { onprogress: ({ message }: { message?: string | undefined }) => onprogress(message) };
    const { content, isError = false } = await this.client.callTool({ name, arguments: input }, options);
    const text = content.map((part) => (part.type === 'text' ? part.text : '')).join('\n');
    return { text, isError, content };
  }

  async must(name: string, input: Record<string, unknown> = {}, onprogress?: (message: string | undefined) => void): Promise<string> {
    const { text, isError } = await this.call(name, input, onprogress);
    expect({ text, isError }).toMatchObject({ isError: false });
    return text;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
  }
}

export const browserIn = (text: string): string => /\bbr_\w+/.exec(text)?.[0] ?? '';
export const linkIn = (text: string): string => /https?:\/\/\S+\/live\/\S+/.exec(text)?.[0] ?? '';
