/** The connections that a sandbox's init carries out in numbered messages, as streams that an HTTP server takes. */
import type { Server } from 'node:http';
import { Duplex } from 'node:stream';

/** To init: bytes for a connection, or its end. */
export type ConnectionMessage = { readonly to: number } & (
  { readonly data: string } | { readonly close: true }
);

export class Connections {
  readonly #open = new Map<number, Duplex>();

  /** @param send hands one message to init */
  constructor(
    private readonly server: Server,
    private readonly send: (message: ConnectionMessage) => void,
  ) {}

  /** Bytes of one connection came; the first ones open it. */
  receive(from: number, data: string): void {
    const connection = this.#open.get(from) ?? this.#add(from);
    connection.push(Buffer.from(data, 'base64'));
  }

  /** The function has closed one. */
  close(from: number): void {
    const connection = this.#open.get(from);
    connection?.push(null);
    connection?.destroy();
  }

  closeAll(): void {
    for (const connection of this.#open.values()) connection.destroy();
  }

  #add(number: number): Duplex {
    const { send } = this;
    const connection = new Duplex({
      read: () => {},
      write: (chunk: Buffer, _encoding, done) => {
        send({ to: number, data: chunk.toString('base64') });
        done();
      },
      final: (done) => {
        send({ to: number, close: true });
        done();
      },
      destroy: (error, done) => {
        this.#open.delete(number);
        done(error);
      },
    });
    this.#open.set(number, connection);
    // Node's documented way to serve a stream that is no socket.
    this.server.emit('connection', connection);
    return connection;
  }
}
