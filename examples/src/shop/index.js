import { once } from 'node:events';
import { createShopServer } from './server.js';
export { DEMO_ACCOUNT } from './visits.js';
/**
 * Starts Marginalia, a small bookshop with sign-in, search, a cart in localStorage and a checkout: something real to browse that needs
 * no network. What visitors do is kept in memory.
 *
 * @throws the error of `listen`, e.g. `EADDRINUSE` when the port is taken
 * @example
 * await using shop = await startShop();
 * console.log(shop.url);
 */
export async function startShop({ host = '127.0.0.1', port = 0 } = {}) {
    const server = createShopServer();
    server.listen(port, host);
    await once(server, 'listening');
    const { port: actual } = server.address();
    const close = async () => {
        if (!server.listening)
            return;
        const closed = once(server, 'close');
        server.close();
        server.closeAllConnections();
        await closed;
    };
    return { url: `http://${host.includes(':') ? `[${host}]` : host}:${actual}`, close, [Symbol.asyncDispose]: close };
}
//# sourceMappingURL=index.js.map