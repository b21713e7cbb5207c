import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { newId } from '@carrel/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TestDatabase, type TestServer } from '../profiles/testing/test-database.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await TestDatabase.start();
});
afterEach(() => database.closeServers());
afterAll(() => database[Symbol.asyncDispose]());

const [OLD, YOUNG] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
const rotate = ({ store, project }: TestServer) => store.keyRotation.rotate({ ...project, apiKeyId: newId('apiKey') });
const refusal = (server: Promise<TestServer>) => server.then(() => null).catch((error: Error) => error.message);

describe('The master key of several servers', () => {
  it('should be the same: one with another is refused, and told what to do', async () => {
    const first = await database.open({ masterKeys: [OLD] });
    const { keyId } = await rotate(first);
    const other = await refusal(database.open({ masterKeys: [YOUNG] }));
    expect(other).toContain(`encrypted with the master key ${keyId}`);
    expect(other).toContain('Set it to what the other servers have');
    const ofFile = await refusal(database.open());
    expect(ofFile).toContain('set CARREL_MASTER_KEY to the same value in all of them');
    await database.open({ masterKeys: [YOUNG, OLD] });
    await first.close();
    expect(await refusal(database.open({ masterKeys: [YOUNG] }))).toBe(other); // nor is a former one forgotten
  });

  it('should be that of one of them when they are the first, and start at once', async () => {
    await (await database.open({ masterKeys: [OLD] })).close(); // the tables are there
    await database.forgetMasterKey();
    const keys = Array.from({ length: 6 }, (_, index) => Buffer.alloc(32, index + 1));
    const started = await Promise.all(keys.map((key) => refusal(database.open({ masterKeys: [key] }))));
    expect(started.filter((message) => message === null)).toHaveLength(1);
    const winner = keys[started.indexOf(null)] as Buffer;
    await database.open({ masterKeys: [winner] });
  });

  it('should be changed when all that run have the new one, and then be needed of whoever starts', async () => {
    const second = await database.open({ masterKeys: [OLD] });
    const first = await database.open({ masterKeys: [YOUNG, OLD] });
    await first.store.announce('http://one.example');
    await second.store.announce('http://two.example');
    const before = await first.profiles.create(first.project, {});
    await expect(rotate(first)).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('http://two.example') });
    await second.store.nodes.leave();
    await second.close();
    const third = await database.open({ masterKeys: [OLD, YOUNG] });
    await third.store.announce('http://three.example');
    await rotate(first);
    third.store.profiles.key(await third.store.profiles.row(third.project.projectId, before.id));
    expect(await refusal(database.open({ masterKeys: [OLD] }))).toContain('encrypted with the master key');
    for (const { store } of [first, third]) await store.nodes.leave();
    await first.profiles.delete({ ...first.project, apiKeyId: newId('apiKey') }, before.id); // the next test has another key
    await database.open({ masterKeys: [YOUNG] });
  });

  it('should not be changed in a file that the others do not have', async () => {
    const first = await database.open();
    const line = readFileSync(join(first.dataDir, 'master.key'), 'latin1').trim();
    const second = await database.open({ masterKeys: [Buffer.from(line, 'base64')] }); // as the message says that it is done
    await second.store.announce('http://two.example');
    await expect(rotate(first)).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('CARREL_MASTER_KEY') });
    expect(readFileSync(join(first.dataDir, 'master.key'), 'latin1').trim()).toBe(line);
    await second.store.nodes.leave();
    await rotate(first);
    expect(await refusal(database.open({ masterKeys: [Buffer.from(line, 'base64')] }))).toContain('CARREL_MASTER_KEY of this server');
  });
});
