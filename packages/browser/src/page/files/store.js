var __addDisposableResource = (this && this.__addDisposableResource) || function (env, value, async) {
    if (value !== null && value !== void 0) {
        if (typeof value !== "object" && typeof value !== "function") throw new TypeError("Object expected.");
        var dispose, inner;
        if (async) {
            if (!Symbol.asyncDispose) throw new TypeError("Symbol.asyncDispose is not defined.");
            dispose = value[Symbol.asyncDispose];
        }
        if (dispose === void 0) {
            if (!Symbol.dispose) throw new TypeError("Symbol.dispose is not defined.");
            dispose = value[Symbol.dispose];
            if (async) inner = dispose;
        }
        if (typeof dispose !== "function") throw new TypeError("Object not disposable.");
        if (inner) dispose = function() { try { inner.call(this); } catch (e) { return Promise.reject(e); } };
        env.stack.push({ value: value, dispose: dispose, async: async });
    }
    else if (async) {
        env.stack.push({ async: true });
    }
    return value;
};
var __disposeResources = (this && this.__disposeResources) || (function (SuppressedError) {
    return function (env) {
        function fail(e) {
            env.error = env.hasError ? new SuppressedError(e, env.error, "An error was suppressed during disposal.") : e;
            env.hasError = true;
        }
        var r, s = 0;
        function next() {
            while (r = env.stack.pop()) {
                try {
                    if (!r.async && s === 1) return s = 0, env.stack.push(r), Promise.resolve().then(next);
                    if (r.dispose) {
                        var result = r.dispose.call(r.value);
                        if (r.async) return s |= 2, Promise.resolve(result).then(next, function(e) { fail(e); return next(); });
                    }
                    else s |= 1;
                }
                catch (e) {
                    fail(e);
                }
            }
            if (s === 1) return env.hasError ? Promise.reject(env.error) : Promise.resolve();
            if (env.hasError) throw env.error;
        }
        return next();
    };
})(typeof SuppressedError === "function" ? SuppressedError : function (error, suppressed, message) {
    var e = new Error(message);
    return e.name = "SuppressedError", e.error = error, e.suppressed = suppressed, e;
});
import { randomUUID } from 'node:crypto';
import { chmod, chown, mkdir, open, rm, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CarrelError } from '@carrel/protocol';
import mime from 'mime-types';
import { checkedName, freeName, safeName } from './names.js';
import { openUntrusted, streamOf } from './safe-open.js';
/**
 * The files of one browser: put there to be uploaded, or downloaded by pages. Each one that we write gets a directory of its own, so that
 * it can have its own name whatever that is; those that Chromium writes are called by a GUID and never by a name that a page chose.
 */
export class FileStore {
    #options;
    #entries = new Map();
    #usedBytes = 0;
    constructor(options) {
        this.#options = options;
    }
    list() {
        return [...this.#entries.values()].map(({ file }) => file);
    }
    has(name) {
        return this.#entries.has(name);
    }
    /** Bytes that may still be stored, for one file. */
    get freeBytes() {
        const { maxFileBytes, maxFilesBytes } = this.#options.limits;
        return Math.max(0, Math.min(maxFileBytes, maxFilesBytes - this.#usedBytes));
    }
    /**
     * Stores a file to upload, in place of one of the same name.
     * @throws {CarrelError} `invalid_request` (name), `payload_too_large`, `conflict` (a download has this name)
     */
    async put(name, body) {
        const plain = checkedName(name);
        const refuseDownload = () => {
            if (this.#entries.get(plain)?.file.kind !== 'download')
                return;
            throw new CarrelError('conflict', `A download is called ${JSON.stringify(plain)}; delete it first, or choose another name.`);
        };
        refuseDownload();
        const written = await this.#write({ name: plain, kind: 'upload' }, body);
        try {
            refuseDownload(); // one may have finished meanwhile
        }
        catch (error) {
            await this.#discard(written);
            throw error;
        }
        const old = this.#entries.get(plain);
        this.#entries.set(plain, written);
        if (old !== undefined)
            await this.#discard(old);
        return written.file;
    }
    /** Stores what was fetched as a download, under a free name near the suggested one. */
    async putDownload(suggested, body) {
        const name = safeName(suggested.name);
        const written = await this.#write({ ...suggested, name, kind: 'download' }, body);
        return this.#adopt(name, written);
    }
    /**
     * Takes over a finished download of Chromium's.
     * @throws {CarrelError} `not_found` when it is not a plain file of the browser's, `payload_too_large`
     */
    async adoptDownload(guid, suggestedName, url) {
        const path = join(this.#options.directories.downloads, guid);
        const name = safeName(suggestedName);
        const { handle, sizeBytes } = await openUntrusted(path, this.#options.browserUid, name);
        await handle.close();
        if (sizeBytes > this.freeBytes) {
            await unlink(path);
            throw this.#tooLarge();
        }
        this.#usedBytes += sizeBytes;
        return this.#adopt(name, { file: this.#describe({ name, kind: 'download', url }, sizeBytes), path });
    }
    /** @throws {CarrelError} `not_found` */
    async open(name) {
        const { file, path } = this.#get(name);
        const opened = await openUntrusted(path, this.#options.browserUid, name);
        return { file: { ...file, sizeBytes: opened.sizeBytes }, stream: await streamOf(opened) };
    }
    /** @throws {CarrelError} `not_found` */
    async delete(name) {
        const entry = this.#get(name);
        this.#entries.delete(name);
        await this.#discard(entry);
    }
    /**
     * The path under which the browser can read a file, ending in the file's name, which is what the page gets to see.
     * @throws {CarrelError} `not_found`
     */
    async pathForUpload(name) {
        const entry = this.#get(name);
        if (entry.stagedPath !== undefined)
            return entry.stagedPath;
        if (dirname(entry.path) !== this.#options.directories.downloads)
            return entry.path;
        const { stream } = await this.open(name);
        const copy = await this.#write({ name, kind: 'download' }, stream);
        entry.stagedPath = copy.path;
        return copy.path;
    }
    #get(name) {
        const entry = this.#entries.get(name);
        if (entry !== undefined)
            return entry;
        throw new CarrelError('not_found', `The browser has no file called ${JSON.stringify(name)}; list the files to see which there are.`);
    }
    /** Gives a stored file a free name. Nothing is awaited between looking and taking. */
    #adopt(name, entry) {
        const free = freeName(name, (taken) => this.#entries.has(taken));
        const file = { ...entry.file, name: free };
        this.#entries.set(free, { ...entry, file });
        return file;
    }
    async #write(file, body) {
        const { directories, browserUid, limits } = this.#options;
        const directory = join(directories.uploads, randomUUID());
        const path = join(directory, file.name);
        let sizeBytes = 0;
        try {
            const env_1 = { stack: [], error: void 0, hasError: false };
            try {
                await mkdir(directory, { mode: 0o700 });
                const handle = __addDisposableResource(env_1, await open(path, 'wx', 0o600), true);
                for await (const chunk of body) {
                    if (sizeBytes + chunk.length > limits.maxFileBytes || this.#usedBytes + chunk.length > limits.maxFilesBytes)
                        throw this.#tooLarge();
                    sizeBytes += chunk.length;
                    this.#usedBytes += chunk.length;
                    await handle.writeFile(chunk);
                }
                if (browserUid !== undefined && browserUid !== process.getuid?.()) {
                    await chown(path, browserUid, browserUid);
                    await chmod(directory, 0o711); // the browser may pass through, to a file that only it and we can read
                }
                return { file: this.#describe(file, sizeBytes), path };
            }
            catch (e_1) {
                env_1.error = e_1;
                env_1.hasError = true;
            }
            finally {
                const result_1 = __disposeResources(env_1);
                if (result_1)
                    await result_1;
            }
        }
        catch (error) {
            this.#usedBytes -= sizeBytes;
            await rm(directory, { recursive: true, force: true });
            throw error;
        }
    }
    async #discard(entry) {
        this.#usedBytes -= entry.file.sizeBytes * (entry.stagedPath === undefined ? 1 : 2);
        for (const path of [entry.path, entry.stagedPath]) {
            if (path === undefined)
                continue;
            if (dirname(path) === this.#options.directories.downloads)
                await rm(path, { force: true });
            else
                await rm(dirname(path), { recursive: true, force: true });
        }
    }
    #describe({ name, kind, mimeType, url }, sizeBytes) {
        return {
            name,
            kind,
            sizeBytes,
            mimeType: mimeType || mime.lookup(name) || 'application/octet-stream',
            createdAt: new Date().toISOString(),
            ...(url === undefined ? {} : { url }),
        };
    }
    #tooLarge() {
        const { maxFileBytes, maxFilesBytes } = this.#options.limits;
        const message = `A file may have ${maxFileBytes} bytes, and all files of a browser together ${maxFilesBytes}; delete some or send less.`;
        return new CarrelError('payload_too_large', message, { details: { maxFileBytes, maxFilesBytes } });
    }
}
//# sourceMappingURL=store.js.map