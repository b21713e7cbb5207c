import { type Server, type Socket } from 'node:net';
type Accept = (socket: Socket) => void;
/** Where a browser's connections to its proxy come in, wherever that listens. It ends them all when it is closed. */
export declare class EgressListener {
    #private;
    private constructor();
    /** Listens on a free port of this machine's loopback interface. */
    static listen(accept: Accept): Promise<EgressListener>;
    /** Takes over a server that listens already, in whatever network namespace. */
    static adopt(server: Server, accept: Accept): EgressListener;
    /** The port that it was given on this machine. */
    get port(): number;
    /** Accepts nothing more and ends what is open: a socket that stays would keep the browser's network namespace. */
    close(): void;
}
export {};
//# sourceMappingURL=egress-listener.d.ts.map