/** The connections that a sandbox's init carries out in numbered messages, as streams that an HTTP server takes. */
import { Duplex } from 'node:stream';
import type { StreamTaker } from '../model.js';

/** To init: bytes for a connection, how many of its bytes were taken, or its end. */
export type ConnectionMessage = { readonly to: number } & (
  { readonly data: string } | { readonly took: number } | { readonly close: true }
);

/** Bytes that may be on their way in one direction of a connection; templates/verify/relay.py has the same number. */
const ahead = 2 ** 20;
/** Bytes of one message. */
const piece = 65_536;

interface Connection {
  readonly stream: Duplex;
  /** Bytes that the function has sent and that nobody has read: init is told when they are. */
  unread: number;
  /** Bytes that may still be sent to the function. */
  room: number;
  /** Called when there is room again. */
  waiting: (() => void) | null;
}

export class Connections {
  readonly #open = new Map<number, Connection>();

  /**
   * @param servers one for each door that the function can come to
   * @param send hands one message to init
   */
  constructor(
    private readonly servers: readonly StreamTaker[],
    private readonly send: (message: ConnectionMessage) => void,
  ) {}

  /** Bytes of one connection came; the first ones open it. */
  receive(from: number, door: number, data: string): void {
    const connection = this.#open.get(from) ?? this.#add(from, door);
    const bytes = Buffer.from(data, 'base64');
    if (connection.stream.push(bytes)) this.send({ to: from, took: bytes.length });
    else connection.unread += bytes.length;
  }

  /** The function has taken so many. */
  took(from: number, bytes: number): void {
    const connection = this.#open.get(from);
    if (connection === undefined) return;
    connection.room += bytes;
    const { waiting } = connection;
    connection.waiting = null;
    waiting?.();
  }

  /** The function has closed one. */
  close(from: number): void {
    const stream = this.#open.get(from)?.stream;
    stream?.push(null);
    stream?.destroy();
  }

  closeAll(): void {
    for (const { stream } of this.#open.values()) stream.destroy();
  }

  #add(number: number, door: number): Connection {
    const { send } = this;
    const stream = new Duplex({
      read: () => {
        if (connection.unread === 0) return;
        send({ to: number, took: connection.unread });
        connection.unread = 0;
      },
      write: (chunk: Buffer, _encoding, done) => this.#write(number, connection, chunk, done),
      final: (done) => {
        send({ to: number, close: true });
        done();
      },
      destroy: (error, done) => {
        this.#open.delete(number);
        // Else the function would wait for the rest of an answer that was broken off.
        if (!stream.writableFinished) send({ to: number, close: true });
        done(error);
      },
    });
    const connection: Connection = { stream, unread: 0, room: ahead, waiting: null };
    this.#open.set(number, connection);
    // Node's documented way to serve a stream that is no socket.
    this.servers[door]?.emit('connection', stream);
    return connection;
  }

  /** In pieces, none before there is room for it. */
  #write(number: number, connection: Connection, chunk: Buffer, done: () => void): void {
    let at = 0;
    const next = (): void => {
      while (at < chunk.length && connection.room > 0) {
        const some = chunk.subarray(at, at + Math.min(piece, connection.room));
        at += some.length;
        connection.room -= some.length;
        this.send({ to: number, data: some.toString('base64') });
      }
      if (at >= chunk.length) done();
      else connection.waiting = next;
    };
    next();
  }
}
