import { once } from 'node:events';
import { createServer } from 'node:net';
/** Where a browser's connections to its proxy come in, wherever that listens. It ends them all when it is closed. */
export class EgressListener {
    #server;
    #open = new Set();
    constructor(server, accept) {
        this.#server = server;
        server.on('error', () => { }); // one connection that could not be taken, and the browser that made it sees it closed
        server.on('connection', (socket) => {
            this.#open.add(socket);
            socket.once('close', () => this.#open.delete(socket));
            accept(socket);
        });
    }
    /** Listens on a free port of this machine's loopback interface. */
    static async listen(accept) {
        const listener = new EgressListener(createServer(), accept);
        listener.#server.listen(0, '127.0.0.1');
        await once(listener.#server, 'listening');
        return listener;
    }
    /** Takes over a server that listens already, in whatever network namespace. */
    static adopt(server, accept) {
        return new EgressListener(server, accept);
    }
    /** The port that it was given on this machine. */
    get port() {
        return this.#server.address().port;
    }
    /** Accepts nothing more and ends what is open: a socket that stays would keep the browser's network namespace. */
    close() {
        this.#server.close();
        for (const socket of this.#open)
            socket.destroy();
    }
}
//# sourceMappingURL=egress-listener.js.map